/** What a start looks for in a file of root certificates. */
export const CERTIFICATE_TEXT = "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n";
