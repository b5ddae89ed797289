import { quote } from "../go/literal.ts";
import type { Position } from "../go/text-position.ts";
import { environmentOf } from "../inputs/environment.ts";
import type { FilePlace } from "../inputs/input-place.ts";
import { type FileRead, POD_ANNOTATIONS_PATH, POD_LABELS_PATH } from "../inputs/inputs.ts";
import { chooseProxy, displayName, type ProxyPod } from "./choose-proxy.ts";
import { containerEnvironment, findObject } from "./container-environment.ts";
import { CONFIG_SEEN } from "./downward-value.ts";
import type { LaunchSource, SourceOptions } from "./launch-source.ts";
import { locateInManifest, locateMapKey, type Manifest } from "./locate-in-manifest.ts";
import { mountedFile, type PodFile } from "./mounted-files.ts";
import { absolutePath, describedMachine, offlineAnswers } from "./offline-answers.ts";
import { podInterfaces } from "./pod-interfaces.ts";
import { proxyArguments } from "./proxy-arguments.ts";
import { type KubeObject, readObjects } from "./read-objects.ts";
import { textAt } from "./shapes.ts";
import { collectUnknowns, standInText, type Unknowns } from "./unknown.ts";

/** Returns what the proxy of a pod in a manifest would read. @throws ConfigError for a file that has no such pod, or more than one */
export function podSource(file: string, text: string, options: SourceOptions): LaunchSource {
  const objects = readObjects(file, text);
  const proxy = chooseProxy(file, objects, options);
  const unknowns = collectUnknowns();
  const own = containerEnvironment(proxy, objects, unknowns);
  const environment = environmentOf([...imageVariables(proxy, own, unknowns), ...own]);
  const argv = proxyArguments(proxy, new Map(environment.pairs), unknowns);
  const interfaces = podInterfaces(proxy, unknowns);
  const directory = textAt(proxy.container, "workingDir") ?? "/";
  // A plan follows another, and each reads the same files.
  const files = new Map<string, PodFile>();
  const seen = standInText(CONFIG_SEEN.origin);
  const fileAt = (path: string): PodFile => {
    const file = files.get(path) ?? mountedFile(proxy, objects, path) ?? { kind: "missing" };
    files.set(path, file);
    if (file.kind === "text" && file.text.includes(`${CONFIG_SEEN.name}=${quote(seen)}`))
      unknowns.add({ name: `pod annotation ${CONFIG_SEEN.name}`, origin: CONFIG_SEEN.origin, standIn: seen });
    return file;
  };
  const read = documentReader(fileAt, directory, unknowns);
  return {
    name: `${displayName(proxy.object)}, container ${textAt(proxy.container, "name") ?? ""}`,
    argv,
    environment,
    readInputs: (variables, meshConfigPath) => {
      const path = variables.get("ISTIO_BOOTSTRAP_OVERRIDE") ?? "";
      const isUnknown = path !== "" && fileAt(absolutePath(directory, path)).kind === "unknown";
      const override = path === "" ? undefined : read(path);
      return {
        environment: variables,
        files: {
          meshConfig: options.meshConfig === undefined ? read(meshConfigPath) : { kind: "text", text: options.meshConfig },
          labels: read(POD_LABELS_PATH),
          annotations: read(POD_ANNOTATIONS_PATH),
          ...(override === undefined || isUnknown ? {} : { override }),
        },
        interfaces,
        uid: userOf(proxy, unknowns),
      };
    },
    answerQuestions: (questions) => offlineAnswers(questions, describedMachine(fileAt, directory, unknowns)),
    locate: (place) => locateInManifest(place, { file, text, proxy }),
    locateFile: (path, at) => locateText(fileAt(absolutePath(directory, path)), at, objects, { file, text, proxy }),
    unknowns: unknowns.list,
  };
}

/** Returns how documents of settings are read. Nothing can stand in for one: without its text, it counts as missing. */
function documentReader(fileAt: (path: string) => PodFile, directory: string, unknowns: Unknowns): (path: string) => FileRead {
  return (path) => {
    const absolute = absolutePath(directory, path);
    const found = fileAt(absolute);
    if (found.kind === "text") return { kind: "text", text: found.text };
    if (found.kind === "missing") return found;
    unknowns.add({ name: `file "${absolute}"`, origin: found.origin });
    return { kind: "missing" };
  };
}

/** Returns where a manifest has the text of a file; undefined if it is of no ConfigMap. */
function locateText(found: PodFile, at: Position | undefined, objects: readonly KubeObject[], manifest: Manifest): FilePlace | undefined {
  const from = found.kind === "text" ? found.from : undefined;
  const map = from && findObject(objects, "ConfigMap", from.map, manifest.proxy);
  return from && map && locateMapKey(map, from.key, at, manifest);
}

/** The user of the proxy's image, and of the injector. */
export const PROXY_USER = 1337;

function userOf({ pod, container }: ProxyPod, unknowns: Unknowns): number {
  const user = textAt(container, "securityContext", "runAsUser") ?? textAt(pod, "spec", "securityContext", "runAsUser");
  if (user !== undefined) return Number(user);
  unknowns.add({ name: "user ID", origin: `image ${textAt(container, "image") ?? ""}`, standIn: String(PROXY_USER) });
  return PROXY_USER;
}

/** The variable of Istio's proxy image that decides the profile. */
const RELEASE = "ISTIO_META_ISTIO_VERSION";
/** A tag of Istio's proxy image: the release, and the kind of image. */
const RELEASE_TAG = /\/proxyv2:(\d+\.\d+[^@]*?)(?:-(?:distroless|debug|default))?(?:@.*)?$/;

/**
 * Returns the variables that an image is known to set: Istio's proxy image contains its release, which is its tag, too. That it sets others is
 * noted.
 */
function imageVariables(
  { container }: ProxyPod,
  own: readonly (readonly [name: string, value: string])[],
  unknowns: Unknowns,
): readonly (readonly [name: string, value: string])[] {
  const image = textAt(container, "image") ?? "";
  const release = RELEASE_TAG.exec(`/${image}`)?.[1];
  const isGiven = own.some(([name]) => name === RELEASE);
  const isTaken = !isGiven && release !== undefined;
  const hint = isGiven || isTaken ? "" : ", such as ISTIO_META_ISTIO_VERSION, which --profile replaces";
  if (isTaken) unknowns.add({ name: RELEASE, origin: `the tag of image ${image}`, standIn: release });
  unknowns.add({ name: isTaken ? "other variables of the image" : `variables of the image${hint}`, origin: `image ${image}` });
  return isTaken ? [[RELEASE, release]] : [];
}
