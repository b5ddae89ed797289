import bootstrap from "../../../templates/istio-1.30/bootstrap.eta";
import clusters from "../../../templates/istio-1.30/clusters.eta";
import listeners from "../../../templates/istio-1.30/listeners.eta";
import stats from "../../../templates/istio-1.30/stats.eta";
import tracing from "../../../templates/istio-1.30/tracing.eta";
import type { Template } from "../../bootstrap/render.ts";

/** The sections of the stock bootstrap of release 1.30 (contract 1.30 §7). */
export const SECTIONS: Readonly<Record<string, Template>> = { bootstrap, clusters, listeners, stats, tracing };
