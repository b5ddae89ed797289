import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { maskSecrets } from "../../src/secrets/mask.ts";

/** Formats of real secrets; none of them is valid. */
const JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U";
const PEM = "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIIbq\nRZ5s+x/0=\n-----END EC PRIVATE KEY-----";
const S = "zq7Xw-9Lk2_Vb";

/** Texts that must be masked without any part of `S` left; the rest is unchanged. */
const SECRETS: readonly (readonly [what: string, text: string, masked: string])[] = [
  // The formats of the first report.
  ["token in JSON", `{"token":"${S}","x":1}`, '{"token":"***","x":1}'],
  ["api_token", `{"api_token": "${S}"}`, '{"api_token": "***"}'],
  ["authToken", `{"authToken":"${S}"}`, '{"authToken":"***"}'],
  ["credential", `{"credential":"${S}"}`, '{"credential":"***"}'],
  ["client_secret_key", `{"client_secret_key":"${S}"}`, '{"client_secret_key":"***"}'],
  ["a header list", `[{"header":{"key":"x-api-key","value":"${S}"}}]`, '[{"header":{"key":"x-api-key","value":"***"}}]'],
  ["a header list, value first", `[{"header":{"value":"${S}","key":"x-api-key"}}]`, '[{"header":{"value":"***","key":"x-api-key"}}]'],
  ["a header list of authorization", `[{"key":"Authorization","value":"${S}"}]`, '[{"key":"Authorization","value":"***"}]'],
  [
    "initial metadata",
    `{"initial_metadata":[{"key":"lightstep-access-token","value":"${S}"}]}`,
    '{"initial_metadata":[{"key":"lightstep-access-token","value":"***"}]}',
  ],
  ["a header matcher", `{"name":"x-auth-token","string_match":{"exact":"${S}"}}`, '{"name":"x-auth-token","string_match":{"exact":"***"}}'],
  ["an environment list", `[{"name":"DB_PASSWORD","value":"${S}"}]`, '[{"name":"DB_PASSWORD","value":"***"}]'],
  // Names in all cases.
  ...[
    "password",
    "passwd",
    "dbPassword",
    "DB_PASSWORD",
    "db-password",
    "user.password",
    "pwd",
    "db_pass",
    "dbPass",
    "passphrase",
    "secret",
  ].map((name) => [name, `{"${name}":"${S}"}`, `{"${name}":"***"}`] as const),
  ...["clientSecret", "client_secret", "client-secret", "secretKey", "secret_access_key", "AWS_SECRET_ACCESS_KEY", "aws_session_token"].map(
    (name) => [name, `{"${name}":"${S}"}`, `{"${name}":"***"}`] as const,
  ),
  ...[
    "apiKey",
    "api_key",
    "API-KEY",
    "apikey",
    "x-api-key",
    "X-Goog-Api-Key",
    "privateKey",
    "private_key",
    "signing_key",
    "encryptionKey",
  ].map((name) => [name, `{"${name}":"${S}"}`, `{"${name}":"***"}`] as const),
  ...["accessToken", "access_token", "id_token", "refreshToken", "bearerToken", "csrf-token", "x-amz-security-token", "X-Vault-Token"].map(
    (name) => [name, `{"${name}":"${S}"}`, `{"${name}":"***"}`] as const,
  ),
  ...["jwt", "cookie", "set-cookie", "authorization", "proxy-authorization", "x-goog-iap-jwt-assertion", "token_value", "accessToken2"].map(
    (name) => [name, `{"${name}":"${S}"}`, `{"${name}":"***"}`] as const,
  ),
  // Structure.
  ["a list of tokens", `{"tokens":["${S}","${S}"]}`, '{"tokens":["***","***"]}'],
  ["a number", '{"password":12345678}', '{"password":"***"}'],
  ["an inline private key", `{"private_key":{"inline_string":"${S}"}}`, '{"private_key":{"inline_string":"***"}}'],
  ["inline bytes of a password", `{"password":{"inline_bytes":"${S}"}}`, '{"password":{"inline_bytes":"***"}}'],
  ["a secret deep down", `{"credential":{"basic":{"of":["${S}"]}}}`, '{"credential":{"basic":{"of":["***"]}}}'],
  [
    "ticket keys",
    `{"session_ticket_keys":{"keys":[{"inline_bytes":"${S}"}]}}`,
    '{"session_ticket_keys":{"keys":[{"inline_bytes":"***"}]}}',
  ],
  ["JSON in JSON", `{"a":"{\\"token\\":\\"${S}\\"}"}`, '{"a":"{\\"token\\":\\"***\\"}"}'],
  [
    "JSON in JSON in JSON",
    JSON.stringify({ a: JSON.stringify({ b: JSON.stringify({ apiKey: S }) }) }),
    JSON.stringify({ a: JSON.stringify({ b: JSON.stringify({ apiKey: "***" }) }) }),
  ],
  ["YAML in JSON", `{"a":"user: me\\npassword: ${S}\\n"}`, '{"a":"user: me\\npassword: \\"***\\"\\n"}'],
  ["escaped JSON", `it said {\\"token\\":\\"${S}\\"}`, 'it said {\\"token\\":\\"***\\"}'],
  ["JSON that was cut off", `{"user":"me","token":"${S}`, '{"user":"me","token":"***"'],
  ["JSON in a sentence", `Envoy says {"user":"me","token":"${S}"} and ends`, 'Envoy says {"user":"me","token":"***"} and ends'],
  ["quotes in a value", '{"accessToken":"abc\\"def","x":1}', '{"accessToken":"***","x":1}'],
  ["single quotes", `{'token': '${S}''${S}'}`, "{'token': '***'}"],
  ["flow YAML", `{token: ${S}, user: me}`, '{token: "***", user: me}'],
  ["block YAML", `password: ${S} ${S}\nuser: me`, 'password: "***"\nuser: me'],
  ["block YAML, quoted", `user: me\n  api_key: "${S}"\nx: 1`, 'user: me\n  api_key: "***"\nx: 1'],
  ["a YAML list", `- token: ${S}\n- x: 1`, '- token: "***"\n- x: 1'],
  ["a map of keys", `{"apiKeys":{"a":"${S}","b":"${S}"}}`, '{"apiKeys":{"a":"***","b":"***"}}'],
  ["a pair as a list", `{"headers":[["x-api-key","${S}"],["accept","*/*"]]}`, '{"headers":[["x-api-key","***"],["accept","*/*"]]}'],
  ["arguments as a list", `{"args":["--token","${S}","--api-key=${S}","-v"]}`, '{"args":["--token","***","--api-key=***","-v"]}'],
  ["headers as lists", `{"Authorization":["${S}"],"Accept":["*/*"]}`, '{"Authorization":["***"],"Accept":["*/*"]}'],
  ["a private JSON Web Key", `{"kty":"EC","crv":"P-256","x":"abc","d":"${S}"}`, '{"kty":"EC","crv":"P-256","x":"abc","d":"***"}'],
  ["Docker's credentials", `{"auths":{"r":{"auth":"${btoa(`me:${S}`)}"}}}`, '{"auths":{"r":{"auth":"***"}}}'],
  ["a query with Go's escapes", `{"uri":"http://h/?a=1\\u0026api_key=${S}"}`, '{"uri":"http://h/?a=1&api_key=***"}'],
  ["a query with Go's escapes, cut off", `near h/?a=1\\u0026api_key=${S}`, "near h/?a=1\\u0026api_key=***"],
  // Headers, pairs, flags.
  ["a header line", `Authorization: ${S}`, 'Authorization: "***"'],
  ["a header in quotes", `curl -H "x-api-key: ${S}" http://h/`, 'curl -H "x-api-key: ***" http://h/'],
  ["a bearer token", `Authorization: Bearer ${S}`, 'Authorization: "***"'],
  ["a bearer token in a sentence", "authorization is Bearer eyJhbGciOi.x-y_z", "authorization is Bearer ***"],
  ["a short bearer token", "sent bearer abcdef to the server", "sent bearer *** to the server"],
  ["basic auth", "sent Basic YWxhZGRpbjpvcGVuc2VzYW1l", "sent Basic ***"],
  ["a pair", `user=me password=${S} host=h`, "user=me password=*** host=h"],
  ["pairs with commas", `user=me,password=${S},host=h`, "user=me,password=***,host=h"],
  ["a variable", `API_TOKEN=${S}`, "API_TOKEN=***"],
  ["a connection string", `Endpoint=h;AccountKey=${S}==;X=1`, "Endpoint=h;AccountKey=***;X=1"],
  ["a flag", `curl --api-token ${S} -v`, "curl --api-token *** -v"],
  ["a flag with =", `curl --api-token=${S} -v`, "curl --api-token=*** -v"],
  ["a Go map", `map[user:me token:${S}]`, "map[user:me token:***]"],
  ["user and password", `curl -u me:${S} http://h/`, "curl -u me:*** http://h/"],
  ["a Go map of headers", `map[Accept:[*/*] X-Api-Key:[${S}]]`, "map[Accept:[*/*] X-Api-Key:***]]"],
  ["npm's token", `//registry.example/:_authToken=${S}`, "//registry.example/:_authToken=***"],
  ["a pair with blanks", `aws_secret_access_key = ${S}`, "aws_secret_access_key = ***"],
  ["a password of plain words", "login failed for me, password: correct horse", 'login failed for me, password: "***"'],
  ["a password within a sentence", "the password: correct horse", 'the password: "***" horse'],
  ["a cookie", `Set-Cookie: sid=${S}; Path=/`, 'Set-Cookie: "***"'],
  // URLs.
  ["a password in a URL", `http://me:${S}@host/path`, "http://me:***@host/path"],
  ["a password of odd characters", "postgres://me:p@s:s/w?rd@host/db".replace("?", "%3F"), "postgres://me:***@host/db"],
  ["a password without a user", `redis://:${S}@host:6379/0`, "redis://:***@host:6379/0"],
  ["a token as the user", `https://${S}${S}@host/x.git`, "https://***@host/x.git"],
  ["a key in a query", `http://h/p?api_key=${S}&x=1`, "http://h/p?api_key=***&x=1"],
  ["Google's key in a query", `https://h/v1?key=${S}`, "https://h/v1?key=***"],
  ["a signature in a query", `https://h/b?sv=1&sig=${S}%3D#x`, "https://h/b?sv=1&sig=***#x"],
  ["a token in a fragment", `https://h/#access_token=${S}&state=1`, "https://h/#access_token=***&state=1"],
  ["a URL in JSON", `{"address":"http://me:${S}@h:80/"}`, '{"address":"http://me:***@h:80/"}'],
  // Shapes.
  ["a JWT", `the token ${JWT} has expired`, "the token *** has expired"],
  ["a JWT in JSON", `{"x":"${JWT}"}`, '{"x":"***"}'],
  ["a private key", `${PEM}\nrest`, "***\nrest"],
  ["a private key in JSON", JSON.stringify({ pem: PEM, x: 1 }), '{"pem":"***","x":1}'],
  ["a private key in base64", `{"data":"${btoa(PEM)}"}`, '{"data":"***"}'],
  ["an AWS key", "AKIAIOSFODNN7EXAMPLE", "***"],
  ["a GitHub token", `x ghp_${"a1B2".repeat(9)} y`, "x *** y"],
  ["a Google key", `x AIza${"a1B2-".repeat(7)} y`, "x *** y"],
  ["a Slack webhook", "https://hooks.slack.com/services/T0/B0/abc", "https://hooks.slack.com/services/***"],
  ["a password hash", "me:{SHA}VBPuJHI7uixaa6LQGWx4s+5GKNE=", "me:{SHA}***"],
];

describe("maskSecrets masks", () => {
  test.each(SECRETS)("%s", (_, text, masked) => {
    expect(maskSecrets(text)).toBe(masked);
    expect(maskSecrets(masked)).toBe(masked);
  });
});

/** Texts that resemble secrets and must not be masked. */
const INNOCENT: readonly string[] = [
  'Cannot start Envoy "/opt/api_key": no such file or directory',
  'Cannot start Envoy "api_key": no such file or directory (binaryPath)',
  "Cannot start Envoy /opt/api_key: no such file or directory",
  'Cannot use bootstrap template "/etc/secret": permission denied',
  "Cannot read /var/run/secrets/tokens/istio-token: no such file or directory",
  '"./var/run/secrets/tokens/istio-token" does not exist (JWT_POLICY third-party-jwt)',
  "Missing JWT token: no such file or directory",
  'root CA file for CA does not exist: "/etc/certs/private_key.pem" (CA_ROOT_CA)',
  "metadata key API_KEY: json: cannot unmarshal number into a string",
  "Envoy command: [-c etc/istio/proxy/envoy-rev.json --drain-time-s 45 --concurrency 2]",
  '{"max_tokens":5,"tokens_per_fill":{"value":5},"token_bucket":{"max_tokens":1000,"fill_interval":"1s"}}',
  "{token_bucket: {max_tokens: 5, tokens_per_fill: 5, fill_interval: 60s}}",
  '{"tokenPath":"/var/run/secrets/tokens/t","jwtPolicy":"third-party-jwt","credentialName":"my-cert","secret_name":"x"}',
  '{"tls_certificate_sds_secret_configs":[{"name":"default","sds_config":{"api_config_source":{"api_type":"GRPC"}}}]}',
  '{"token_secret":{"name":"token","sds_config":{"path_config_source":{"path":"/etc/envoy/token.yaml"}}}}',
  '{"private_key":{"filename":"/etc/certs/key.pem"},"certificate_chain":{"filename":"/etc/certs/cert.pem"}}',
  '{"tlsSettings":{"privateKey":"/etc/istio/key.pem","caCertificates":"/etc/istio/root.pem"}}',
  '{"certificate_chain":{"inline_string":"-----BEGIN CERTIFICATE-----\\nMIIB\\n-----END CERTIFICATE-----\\n"}}',
  '{"secrets":[{"name":"default","tls_certificate":{"private_key":{"environment_variable":"KEY"}}}]}',
  '{"uri":"spiffe://cluster.local/ns/default/sa/default","exact":"spiffe://td/ns/a/sa/b"}',
  '{"verify_certificate_hash":["df6ff72fe9116521268f6f2dd4966f51df479883fe7037b39f75916ac3049d1a"]}',
  "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
  '{"name":"envoy.filters.http.jwt_authn","typed_config":{"@type":"type.googleapis.com/x.JwtAuthentication"}}',
  '{"name":"token-service","connect_timeout":"1s","type":"STRICT_DNS"}',
  '{"forward_bearer_token":true,"allow_credentials":true,"hide_credentials":false,"token":null,"password":""}',
  '{"authorization_uri":"https://h/authorize","token_endpoint":{"uri":"https://h/token","timeout":"3s"}}',
  '{"descriptor_key":"user","metadata_key":{"key":"envoy.lb"},"stat_prefix":"secret_service","partition_key":"a"}',
  '{"password":"$(DB_PASSWORD)","value":"%REQ(x-token)%"}',
  '{"local_jwks":{"inline_string":"{\\"keys\\":[{\\"kty\\":\\"RSA\\",\\"n\\":\\"abc\\",\\"e\\":\\"AQAB\\"}]}"}}',
  '{"allow_headers":"authorization,x-api-key,content-type"}',
  "http://localhost:15000/config_dump?include_eds=true#top",
  "http://host:80/user@example",
  "ssh://git@host/repo.git",
  "https://h/p?monkey=1&tokens=5&page=2",
  'Ignoring unknown field "tokn" in PROXY_CONFIG (line 1, column 2)',
  "Basic authentication is refused",
  "docker run -u 1000:1000 x",
  '{"privateKey":"/ssl/private/server","tokens":{"max":5}}',
  '{"hash_policy":[{"cookie":{"name":"sid","ttl":"0s","path":"/"}}]}',
  '{"authorization":{"type":"jwt","uri":"https://h/authorize"}}',
  '{"keys":[{"kty":"RSA","n":"abc","e":"AQAB"}]}',
  '{"key":"token","op":"exists"}',
  '{"expose_headers":["authorization","x-request-id"],"allow_headers":["x-api-key","accept"]}',
  "the bearer token must be set",
  "--token must be set",
  "user=me host=token port=80",
  "tcp token:443 refused",
];

describe("maskSecrets keeps", () => {
  test.each(INNOCENT)("%s", (text) => {
    expect(maskSecrets(text)).toBe(text);
  });

  test("every message of attache itself", () => {
    const rows = readFileSync(join(import.meta.dir, "../../docs/messages.md"), "utf8").matchAll(/`([^`\n]+)`/g);
    for (const [, text = ""] of rows) expect(maskSecrets(text)).toBe(text);
  });
});
