import { displayText } from "../go/display-text.ts";
import { quote } from "../go/literal.ts";
import { parseDownwardApi } from "../inputs/downward-api.ts";
import type { InputPlace } from "../inputs/input-place.ts";
import type { FileRead, Inputs } from "../inputs/inputs.ts";
import { maskSecrets, withoutSecrets } from "../secrets/mask.ts";
import { MASK } from "../secrets/secret-names.ts";
import { fieldsOfDocument, withoutField } from "./document-fields.ts";
import type { Input, InputKind } from "./input.ts";
import type { Launch } from "./launch.ts";

/** Variables that set a header of calls to the certificate authority or the control plane. */
const HEADER = /^(?:CA|XDS)_HEADER_/;
/** The variable with a document of settings. */
const DOCUMENT = "PROXY_CONFIG";
/** The message of the mesh configuration that the agent reads. */
const MESH_PREFIX = "defaultConfig";

type PodFile = "labels" | "annotations";

/** Returns everything that a launch reads, highest precedence first. `documents`: the annotations that contain settings. */
export function listInputs(launch: Launch, inputs: Inputs, documents: readonly string[]): readonly Input[] {
  return [
    ...roleInput(launch),
    ...flagInputs(launch),
    ...podInputs("annotations", inputs.files.annotations, documents),
    ...variableInputs(launch),
    ...meshInputs(inputs.files.meshConfig),
    ...podInputs("labels", inputs.files.labels, []),
    ...addressInputs(inputs),
    ...overrideInput(inputs),
  ];
}

/** Returns an input's value for an answer. */
function shown(value: unknown, name: string): string {
  // As for the plan that `render` prints, the values of headers count as secret.
  if (HEADER.test(name) && value !== "") return MASK;
  return maskSecrets(displayText(typeof value === "string" ? withoutSecrets(value) : value, name));
}

function roleInput({ role }: Launch): readonly Input[] {
  if (role === undefined) return [];
  return [
    {
      kind: "role",
      label: "the role",
      name: "role",
      place: { kind: "argument", name: role },
      given: role,
      value: shown(role, ""),
      without: (launch) => ({ ...launch, role: undefined }),
    },
  ];
}

function flagInputs({ flags, unknownFlags }: Launch): readonly Input[] {
  const known = flags.map(
    (flag): Input => ({
      kind: "flag",
      label:
        flags.filter(({ name }) => name === flag.name).length > 1 ? `--${flag.name}=${shown(flag.value, flag.name)}` : `--${flag.name}`,
      name: flag.name,
      place: { kind: "argument", name: flag.name },
      given: flag.value,
      value: shown(flag.value, flag.name),
      without: (launch) => ({ ...launch, flags: launch.flags.filter((each) => each !== flag) }),
    }),
  );
  const unknown = unknownFlags.map(
    (given): Input => ({
      kind: "unknown-flag",
      label: given.flag,
      name: given.flag,
      place: { kind: "argument", name: given.flag.replace(/^-+/, "") },
      given: given.value,
      value: given.value === undefined ? "" : shown(given.value, given.flag),
      without: (launch) => ({ ...launch, unknownFlags: launch.unknownFlags.filter((each) => each !== given) }),
    }),
  );
  // The last of equal flags wins.
  return [...known.reverse(), ...unknown];
}

function variableInputs({ variables }: Launch): readonly Input[] {
  return variables.flatMap(([name, value]) => {
    const fields = name === DOCUMENT ? fieldsOfDocument(value) : undefined;
    if (fields === undefined || fields.length === 0) return [variableInput(name, value)];
    return fields.map(({ path, value: field }) =>
      fieldInput("field", { kind: "variable", name: DOCUMENT, path }, DOCUMENT, field, (launch) => ({
        ...launch,
        variables: launch.variables.map(([each, text]) => [each, each === DOCUMENT ? withoutField(text, path) : text] as const),
      })),
    );
  });
}

function variableInput(name: string, value: string): Input {
  return {
    kind: "variable",
    label: name,
    name,
    place: { kind: "variable", name },
    given: value,
    value: shown(value, name),
    without: (launch) => ({ ...launch, variables: launch.variables.filter(([each]) => each !== name) }),
  };
}

function fieldInput(
  kind: InputKind,
  place: InputPlace & { readonly path: readonly string[] },
  origin: string,
  value: unknown,
  without: Input["without"],
): Input {
  const { path } = place;
  const name = path.at(-1) ?? "";
  const [field] = kind === "mesh" ? path.slice(path[0] === MESH_PREFIX ? 1 : path.length) : path;
  return {
    kind,
    label: `${path.join(".")} in ${origin}`,
    name,
    ...(field === undefined ? {} : { field }),
    place,
    given: value,
    value: shown(value, name),
    without,
  };
}

function podInputs(file: PodFile, read: FileRead, documents: readonly string[]): readonly Input[] {
  const parsed = read.kind === "text" ? parseDownwardApi(read.text) : undefined;
  if (!parsed?.ok) return [];
  const kind = file === "labels" ? "label" : "annotation";
  return [...parsed.value].flatMap(([name, value]) => {
    const fields = documents.includes(name) ? fieldsOfDocument(value) : undefined;
    if (fields === undefined || fields.length === 0)
      return [
        {
          kind,
          label: `pod ${kind} ${name}`,
          name,
          place: { kind, name },
          given: value,
          value: shown(value, name),
          without: editing((inputs) => changed(inputs, file, name, () => undefined)),
        },
      ];
    return fields.map(({ path, value: field }) =>
      fieldInput(
        "field",
        { kind, name, path },
        `pod ${kind} ${name}`,
        field,
        editing((inputs) => changed(inputs, file, name, (text) => withoutField(text, path))),
      ),
    );
  });
}

/** Returns inputs whose file of labels or annotations has another text for a name; undefined leaves the name out. */
function changed(inputs: Inputs, file: PodFile, name: string, to: (text: string) => string | undefined): Inputs {
  const read = inputs.files[file];
  const parsed = read.kind === "text" ? parseDownwardApi(read.text) : undefined;
  if (!parsed?.ok) return inputs;
  const lines = [...parsed.value].flatMap(([each, value]) => {
    const text = each === name ? to(value) : value;
    return text === undefined ? [] : [`${each}=${quote(text)}`];
  });
  return { ...inputs, files: { ...inputs.files, [file]: { kind: "text", text: lines.join("\n") } } };
}

function meshInputs(read: FileRead): readonly Input[] {
  if (read.kind !== "text") return [];
  const origin = "the mesh config file";
  const all = fieldsOfDocument(read.text) ?? [];
  const fields = [...(fieldsOfDocument(read.text, [MESH_PREFIX]) ?? []), ...all.filter(({ path }) => path[0] !== MESH_PREFIX)];
  return fields.map(({ path, value }) =>
    fieldInput(
      "mesh",
      { kind: "mesh", name: "", path },
      origin,
      value,
      editing((inputs) => {
        const { meshConfig } = inputs.files;
        if (meshConfig.kind !== "text") return inputs;
        return { ...inputs, files: { ...inputs.files, meshConfig: { kind: "text", text: withoutField(meshConfig.text, path) } } };
      }),
    ),
  );
}

function addressInputs({ interfaces }: Inputs): readonly Input[] {
  return interfaces
    .filter(({ loopback }) => !loopback)
    .map(({ name, address }) => ({
      kind: "address",
      label: `address ${address} of ${name}`,
      name: address,
      place: { kind: "machine", name: address },
      given: address,
      value: address,
      without: editing((inputs) => ({
        ...inputs,
        interfaces: inputs.interfaces.filter((each) => each.address !== address || each.name !== name),
      })),
    }));
}

function overrideInput({ files: { override } }: Inputs): readonly Input[] {
  if (override?.kind !== "text") return [];
  const without = editing((inputs) => ({ ...inputs, files: { ...inputs.files, override: { kind: "text", text: "" } } }));
  return [
    {
      kind: "override",
      label: "the override of the bootstrap",
      name: "ISTIO_BOOTSTRAP_OVERRIDE",
      place: { kind: "override", name: "ISTIO_BOOTSTRAP_OVERRIDE" },
      given: override.text,
      value: "",
      without,
    },
  ];
}

/** Returns how to leave out what is read from the machine, after earlier changes. */
function editing(change: (inputs: Inputs) => Inputs): Input["without"] {
  return (launch) => ({ ...launch, edit: (inputs) => change(launch.edit(inputs)) });
}
