import { expect, test } from "bun:test";
import { CERTIFICATE_TEXT } from "../support/certificate-text.ts";
import { SUBJECTS } from "../support/subject.ts";
import { newPlace } from "./support.ts";

// Without its JIT the runtime cannot call C functions, so node:fs reads and writes every file.

test.each(SUBJECTS.map((subject) => [subject.name, subject] as const))(
  "%s renders the same without the runtime's JIT",
  async (_, subject) => {
    using place = newPlace();
    place.write("etc/istio/pod/labels", 'app="é漢😀"\nversion="v1"\n');
    place.write("etc/istio/pod/annotations", 'proxy.istio.io/config="concurrency: 3"\n');
    place.write("etc/istio/config/mesh", "defaultConfig:\n  meshId: other\n");
    place.write("etc/certs/root-cert.pem", CERTIFICATE_TEXT);
    const env = { POD_NAME: "p", POD_NAMESPACE: "n", ISTIO_BOOTSTRAP_OVERRIDE: "none" };
    for (const format of ["bootstrap", "launch"]) {
      const [usual, without] = await Promise.all([
        place.run(subject, ["render", "--format", format], { env }),
        place.run(subject, ["render", "--format", format], { env: { ...env, BUN_JSC_useJIT: "0" } }),
      ]);
      expect(usual.status).toBe(0);
      expect(usual.stdout).toContain("é漢😀");
      expect(without).toEqual({ ...usual, stderr: expect.stringContaining(usual.stderr.split("\t").at(-1) ?? "") });
    }
  },
);
