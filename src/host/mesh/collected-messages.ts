import type { NewPiece } from "../../mesh/message-collector.ts";
import { sizeOf } from "../../mesh/pieces.ts";
import { openCollector } from "../http/collector.ts";
import { messageMemory } from "./message-memory.ts";
import type { XdsTools } from "./proxy-stream.ts";

/** Milliseconds without messages until their memory is released: releasing it costs more than passing on a message of a large mesh. */
const REST_AFTER = 20_000;

/** Where messages of the xDS proxy get their memory from, and what is done with it afterwards: it is used again, or collected as garbage. */
export interface CollectedMessages {
  readonly newPiece: NewPiece;
  readonly ended: Pick<XdsTools, "forwarded" | "delivered">;
  readonly close: () => void;
}

/** Starts without messages. */
export function openCollectedMessages(): CollectedMessages {
  const memory = messageMemory();
  const collector = openCollector(memory.free, REST_AFTER);
  return {
    newPiece: memory.newPiece,
    ended: {
      forwarded: collector.leave,
      delivered(message) {
        const size = sizeOf(message);
        const garbage = memory.release(message);
        collector.leave(garbage, size - garbage);
      },
    },
    close: collector.close,
  };
}
