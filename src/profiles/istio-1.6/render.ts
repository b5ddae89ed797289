import bootstrap from "../../../templates/istio-1.6/bootstrap.eta";
import clusters from "../../../templates/istio-1.6/clusters.eta";
import listeners from "../../../templates/istio-1.6/listeners.eta";
import stats from "../../../templates/istio-1.6/stats.eta";
import tracing from "../../../templates/istio-1.6/tracing.eta";
import { renderSections } from "../../bootstrap/render.ts";
import type { Parameters } from "./parameters.ts";

/** Renders the stock bootstrap of release 1.6 (contract 1.6 §7). */
export function renderStock(parameters: Parameters): string {
  return renderSections({ bootstrap, clusters, listeners, stats, tracing }, parameters);
}
