import { expect, test } from "bun:test";
import type { Log } from "../../../src/common/notice.ts";
import { fileIsGood, reportFile } from "../../../src/host/mesh/report-file.ts";

test("a file is warned of once by all services, each of which has its own log, until it can be used", () => {
  const warnings: string[] = [];
  const logs: readonly Log[] = [(_, text) => void warnings.push(`SDS: ${text}`), (_, text) => void warnings.push(`xDS: ${text}`)];
  const report = (text: string) => {
    for (const log of logs) reportFile("/report-file/cert.pem", text, log);
  };
  report("it has expired");
  report("it has expired");
  report("it is missing");
  fileIsGood("/report-file/cert.pem");
  report("it is missing");
  expect(warnings).toEqual(["SDS: it has expired", "SDS: it is missing", "SDS: it is missing"]);
});
