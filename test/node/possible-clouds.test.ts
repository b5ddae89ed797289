import { expect, test } from "bun:test";
import type { CloudQuery } from "../../src/inputs/questions.ts";
import { type CloudEvidence, possibleClouds } from "../../src/node/possible-clouds.ts";

const query = (cloud: CloudQuery["cloud"], when: CloudQuery["when"]): CloudQuery => ({ cloud, when, paths: [], timeout: 0 });
/** The searches of 1.30 for all clouds, and of 1.6. */
const NEW = [query("gcp", "if-possible"), query("aws", "if-possible"), query("azure", "if-hinted")];
const OLD = [query("gcp", "if-possible"), query("aws", "if-hinted")];

function found(
  queries: readonly CloudQuery[],
  firmware: Readonly<Record<string, string>>,
  more: { readonly hypervisor?: string; readonly reach?: boolean; readonly gce?: boolean } = {},
): readonly string[] {
  const evidence: CloudEvidence = {
    firmware: (name) => firmware[name],
    hypervisor: () => more.hypervisor,
    isReachable: () => more.reach ?? true,
    isGceHostSet: more.gce ?? false,
  };
  return possibleClouds(queries, evidence).map(({ cloud }) => cloud);
}

test.each([
  ["no firmware texts", {}, {}, ["gcp", "aws"], ["gcp"]],
  ["no firmware texts and no route", {}, { reach: false }, [], []],
  ["Google's firmware", { sys_vendor: "Google", product_name: "Google Compute Engine" }, { reach: false }, ["gcp"], ["gcp"]],
  ["Amazon's vendor", { sys_vendor: "Amazon EC2", product_version: "" }, {}, ["aws"], ["aws"]],
  ["Amazon's Xen", { sys_vendor: "Xen", product_version: "4.11.amazon" }, {}, ["aws"], ["aws"]],
  ["Xen with an identity of EC2", { sys_vendor: "Xen", product_version: "4.2", product_uuid: "EC2E1916-9099" }, {}, [], ["aws"]],
  ["a hypervisor with an identity of EC2", {}, { hypervisor: "ec2e1916-9099\n", reach: false }, [], ["aws"]],
  ["Microsoft's firmware", { sys_vendor: "Microsoft Corporation" }, {}, ["azure"], []],
  ["another firmware", { sys_vendor: "QEMU", product_uuid: "0ec2" }, {}, [], []],
  ["a named GCE server", { sys_vendor: "Amazon EC2" }, { gce: true }, ["gcp"], ["gcp"]],
])("with %s", (_, firmware, more, newer, older) => {
  expect([found(NEW, firmware, more), found(OLD, firmware, more)]).toEqual([newer, older]);
});

test("an explicitly named cloud is used without reading firmware and routes", () => {
  const evidence = () => {
    throw new Error("was read");
  };
  for (const cloud of ["gcp", "aws", "azure"] as const)
    expect(
      possibleClouds([query(cloud, "always")], { firmware: evidence, hypervisor: evidence, isReachable: evidence, isGceHostSet: false }),
    ).toHaveLength(1);
});
