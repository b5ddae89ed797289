/** Recorded exchanges of SDS that are not replayed without a transport, and why. */
export const SDS_LEFT_ASIDE: Readonly<Record<string, string>> = {
  "sds/oversize": "the limit is kept by the transport",
  "sds/nack_first": "the real agent ends; the stream ends here",
  "sds/nack_first_after_other_streams": "the real agent ends; the stream ends here",
  "sds/file_malformed": "the real agent ends on a file name without a path; the stream ends here",
};
