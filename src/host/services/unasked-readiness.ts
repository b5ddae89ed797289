import { type Service, type ServiceContext, untilInterrupted } from "../../commands/service.ts";
import { bugText } from "../../common/errors.ts";

/** Milliseconds after which readiness is checked if nobody has asked for it. */
const UNASKED = 10_000;

/**
 * Checks readiness once, as a probe does, if no probe has come by then: the log then has the reason why the proxy is not ready. Kubelets
 * usually probe Envoy's own readiness port, where nobody answers until Envoy has its configuration.
 */
export function openUnaskedReadiness({ readiness, whenRoom, log }: Pick<ServiceContext, "readiness" | "whenRoom" | "log">): Service {
  let isStopped = false;
  const check = () => {
    if (isStopped || readiness.wasAsked()) return;
    readiness.check().catch((error: unknown) => log("error", bugText(error)));
  };
  const timer = setTimeout(() => whenRoom(check), UNASKED).unref();
  return untilInterrupted(() => {
    isStopped = true;
    clearTimeout(timer);
  });
}
