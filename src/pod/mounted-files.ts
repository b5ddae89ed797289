import type { FileRead } from "../inputs/inputs.ts";
import type { ProxyPod } from "./choose-proxy.ts";
import { findObject } from "./container-environment.ts";
import { downwardFile, fieldValue } from "./downward-value.ts";
import type { KubeObject } from "./read-objects.ts";
import { type Mapping, mappingAt, mappingsAt, textAt, textMembersAt } from "./shapes.ts";
import { standInText } from "./unknown.ts";

/** A file that a container sees: its text, that there is none, or where its text would come from. */
export type PodFile =
  /** `from`: the ConfigMap and its key. */
  { readonly kind: "text"; readonly text: string; readonly from?: MapKey } | { readonly kind: "missing" } | UnknownFile;

/** A key of a ConfigMap. */
export interface MapKey {
  readonly map: string;
  readonly key: string;
}

interface UnknownFile {
  readonly kind: "unknown";
  readonly origin: string;
  /** Whether such a file is there as soon as the container is started; false: nobody knows. */
  readonly exists: boolean;
}

const TOKEN = "the token of the service account";
const MISSING: PodFile = { kind: "missing" };

/** Returns the file that the container of a proxy has at an absolute path; undefined where no volume is mounted. */
export function mountedFile(proxy: ProxyPod, objects: readonly KubeObject[], path: string): PodFile | undefined {
  const mounts = mappingsAt(proxy.container, "volumeMounts").map((mount) => ({
    mount,
    below: pathBelow(textAt(mount, "mountPath") ?? "", path),
  }));
  // The mount with the longest path is the one that is visible.
  const [found] = mounts
    .filter(({ below }) => below !== undefined)
    .sort((a, b) => (textAt(b.mount, "mountPath") ?? "").length - (textAt(a.mount, "mountPath") ?? "").length);
  if (found?.below === undefined) return serviceAccountFile(proxy, path);
  const volume = mappingsAt(proxy.pod, "spec", "volumes").find((each) => textAt(each, "name") === textAt(found.mount, "name"));
  if (volume === undefined)
    return { kind: "unknown", origin: `volume ${textAt(found.mount, "name") ?? ""}, which the pod does not have`, exists: false };
  const inside = [textAt(found.mount, "subPath") ?? "", found.below].filter((part) => part !== "").join("/");
  return fileInVolume(volume, proxy, objects, inside);
}

const SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

/** Returns a file of the volume that Kubernetes adds to a pod when it is created; a pod of a cluster has it among its volumes. */
function serviceAccountFile({ pod, object, isTemplate }: ProxyPod, path: string): PodFile | undefined {
  const isCreated = !isTemplate && pod["status"] !== undefined;
  const name = pathBelow(SERVICE_ACCOUNT, path);
  if (name === undefined || isCreated || textAt(pod, "spec", "automountServiceAccountToken") === "false") return undefined;
  if (name === "token") return { kind: "unknown", origin: TOKEN, exists: true };
  if (name === "ca.crt") return { kind: "unknown", origin: "the certificate of the cluster", exists: true };
  const namespace = textAt(pod, "metadata", "namespace") ?? object.namespace;
  if (name !== "namespace") return MISSING;
  return namespace === undefined ? { kind: "unknown", origin: "metadata.namespace", exists: true } : { kind: "text", text: namespace };
}

/** Returns the same as reading the file would. For a text that is not known, its origin stands in. */
export function fileRead(file: PodFile): FileRead {
  if (file.kind === "unknown") return file.exists ? { kind: "text", text: standInText(file.origin) } : { kind: "missing" };
  return file.kind === "text" ? { kind: "text", text: file.text } : file;
}

function pathBelow(mountPath: string, path: string): string | undefined {
  const directory = mountPath.replace(/\/+$/, "");
  if (path === directory) return "";
  return path.startsWith(`${directory}/`) ? path.slice(directory.length + 1) : undefined;
}

function fileInVolume(volume: Mapping, proxy: ProxyPod, objects: readonly KubeObject[], path: string): PodFile {
  const source = sourceIn(volume, proxy, objects, path);
  if (source !== undefined) return source;
  const projected = mappingsAt(volume, "projected", "sources");
  for (const each of projected) {
    const found = sourceIn(each, proxy, objects, path);
    if (found !== undefined && found.kind !== "missing") return found;
  }
  if (projected.length > 0 || volume["emptyDir"] !== undefined) return MISSING;
  const kind = Object.keys(volume).find((name) => name !== "name") ?? "emptyDir";
  return kind === "emptyDir" ? MISSING : { kind: "unknown", origin: `${kind} volume ${textAt(volume, "name") ?? ""}`, exists: false };
}

/** Returns the file of a volume, or of a source of a projected volume, of a kind whose content may be known; undefined for other kinds. */
function sourceIn(source: Mapping, proxy: ProxyPod, objects: readonly KubeObject[], path: string): PodFile | undefined {
  if (source["configMap"] !== undefined) return fileOfMap(mappingAt(source, "configMap"), proxy, objects, path);
  if (source["downwardAPI"] !== undefined) return downwardFileIn(mappingAt(source, "downwardAPI"), proxy, path);
  if (source["secret"] !== undefined) {
    const secret = mappingAt(source, "secret");
    const name = textAt(secret, "secretName") ?? textAt(secret, "name") ?? "";
    return unknownUnless(secret, path, `Secret ${name}, key ${keyFor(secret, path) ?? path}`);
  }
  const token = textAt(source, "serviceAccountToken", "path");
  if (token !== undefined) return path === token ? { kind: "unknown", origin: TOKEN, exists: true } : MISSING;
  const bundle = textAt(source, "clusterTrustBundle", "path");
  if (bundle !== undefined) return path === bundle ? { kind: "unknown", origin: "a ClusterTrustBundle", exists: true } : MISSING;
  return undefined;
}

function fileOfMap(source: Mapping, proxy: ProxyPod, objects: readonly KubeObject[], path: string): PodFile {
  const key = keyFor(source, path);
  if (key === undefined) return MISSING;
  const name = textAt(source, "name") ?? "";
  const map = findObject(objects, "ConfigMap", name, proxy);
  if (map === undefined) return unknownUnless(source, path, `ConfigMap ${name}, key ${key}, which is not in the file`);
  const text = textMembersAt(map.value, "data").find(([each]) => each === key)?.[1];
  return text === undefined ? MISSING : { kind: "text", text, from: { map: name, key } };
}

/** Returns the key of a ConfigMap or Secret that a volume shows at a path; undefined if it shows none. */
function keyFor(source: Mapping, path: string): string | undefined {
  const items = mappingsAt(source, "items");
  if (items.length > 0)
    return textAt(
      items.find((item) => textAt(item, "path") === path),
      "key",
    );
  return path.includes("/") ? undefined : path;
}

function unknownUnless(source: Mapping, path: string, origin: string): PodFile {
  if (mappingsAt(source, "items").length > 0 && keyFor(source, path) === undefined) return MISSING;
  return { kind: "unknown", origin, exists: textAt(source, "optional") !== "true" };
}

function downwardFileIn(source: Mapping, proxy: ProxyPod, path: string): PodFile {
  const item = mappingsAt(source, "items").find((each) => textAt(each, "path") === path);
  const field = textAt(item, "fieldRef", "fieldPath");
  if (field === "metadata.labels" || field === "metadata.annotations") return { kind: "text", text: downwardFile(proxy.pod, field) };
  if (field === undefined) return MISSING;
  const resolved = fieldValue(proxy, field);
  return resolved.kind === "known" ? { kind: "text", text: resolved.text } : { kind: "unknown", origin: field, exists: true };
}
