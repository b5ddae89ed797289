import bootstrap from "../../../templates/istio-1.30/bootstrap.eta";
import clusters from "../../../templates/istio-1.30/clusters.eta";
import listeners from "../../../templates/istio-1.30/listeners.eta";
import stats from "../../../templates/istio-1.30/stats.eta";
import tracing from "../../../templates/istio-1.30/tracing.eta";
import { renderSections } from "../../bootstrap/render.ts";
import type { Parameters } from "./parameters.ts";

/** Renders the stock bootstrap of release 1.30 (contract 1.30 §7). */
export function renderStock(parameters: Parameters): string {
  return renderSections({ bootstrap, clusters, listeners, stats, tracing }, parameters);
}
