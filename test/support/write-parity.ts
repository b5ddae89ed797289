import { parityText } from "../conformance/parity.ts";
import { ROOT } from "./subject.ts";

await Bun.write(`${ROOT}/docs/parity.md`, parityText());
