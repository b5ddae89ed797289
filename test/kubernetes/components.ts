import { join } from "node:path";

/** The node's address: that of the pods' bridge, in a separate network that cannot be reached from outside. */
export const NODE_ADDRESS = "10.98.0.1";
export const NODE = "node";
export const BRIDGE = "pods";
const PODS = "10.98.0.0/24";
const SERVICES = "10.96.0.0/24";
/** The network plugin of the tests. */
export const REDIRECT = "attache-redirect";
const API = "https://127.0.0.1:6443";
const ETCD = "http://127.0.0.1:2379";
/** The pods whose traffic goes through their sidecars. */
export const MEMBERS: readonly string[] = ["injected", "caller"];
/** The parent of the pods' groups in every hierarchy of control groups; created before and removed after. */
export const CGROUP = "attache-kubernetes";

/** A program that runs as long as the cluster. */
export interface Component {
  readonly name: string;
  readonly command: readonly string[];
}

/** Paths in the cluster's directory that several files refer to. */
export const place = (directory: string) => ({
  kubeconfig: join(directory, "kubeconfig"),
  containerd: join(directory, "containerd.sock"),
  images: join(directory, "images.tar"),
  logs: join(directory, "logs"),
});

/** The programs of a cluster of one node: all parts of a real one except those of a cloud. */
export function componentsOf(directory: string): readonly Component[] {
  const at = (...names: readonly string[]) => join(directory, ...names);
  const kubeconfig = `--kubeconfig=${place(directory).kubeconfig}`;
  const local = ["--bind-address=127.0.0.1", "--leader-elect=false", kubeconfig];
  return [
    {
      name: "etcd",
      command: [
        ...["etcd", "--data-dir", at("etcd"), "--unsafe-no-fsync", "--listen-peer-urls", "http://127.0.0.1:2380"],
        ...["--listen-client-urls", ETCD, "--advertise-client-urls", ETCD],
      ],
    },
    { name: "containerd", command: ["containerd", "--config", at("containerd.toml")] },
    {
      name: "kube-apiserver",
      command: [
        ...[
          "kube-apiserver",
          `--etcd-servers=${ETCD}`,
          "--secure-port=6443",
          `--advertise-address=${NODE_ADDRESS}`,
          "--authorization-mode=RBAC",
        ],
        ...[`--service-cluster-ip-range=${SERVICES}`, `--cert-dir=${at("certificates")}`, `--token-auth-file=${at("tokens.csv")}`],
        ...["--service-account-issuer=https://kubernetes.default.svc", `--service-account-key-file=${at("account.key")}`],
        ...[`--service-account-signing-key-file=${at("account.key")}`, "--kubelet-preferred-address-types=InternalIP"],
      ],
    },
    {
      name: "kube-controller-manager",
      command: [
        ...["kube-controller-manager", ...local, `--service-account-private-key-file=${at("account.key")}`],
        ...[`--root-ca-file=${at("certificates/apiserver.crt")}`, `--cert-dir=${at("controller")}`],
      ],
    },
    { name: "kube-scheduler", command: ["kube-scheduler", ...local, `--cert-dir=${at("scheduler")}`] },
    {
      name: "kubelet",
      command: [
        ...["kubelet", "--config", at("kubelet.json"), kubeconfig, `--hostname-override=${NODE}`, `--node-ip=${NODE_ADDRESS}`],
        ...[`--root-dir=${at("kubelet")}`, `--cert-dir=${at("kubelet-certificates")}`],
      ],
    },
    {
      name: "kube-proxy",
      // Limits of connection tracking apply to the machine, not to this network.
      command: [
        "kube-proxy",
        kubeconfig,
        `--hostname-override=${NODE}`,
        "--proxy-mode=iptables",
        "--conntrack-max-per-core=0",
        "--conntrack-min=0",
      ],
    },
    { name: "name-server", command: [process.execPath, join(import.meta.dir, "name-server.ts"), NODE_ADDRESS] },
  ];
}

/** Returns the files of the components, by name in the cluster's directory. */
export function settingsOf(directory: string, token: string): Readonly<Record<string, string>> {
  const json = (value: object) => `${JSON.stringify(value, null, 2)}\n`;
  return {
    "tokens.csv": `${token},admin,admin,system:masters\n`,
    kubeconfig: json(kubeconfigWith(token)),
    "kubelet.json": json(kubeletSettings(directory)),
    "containerd.toml": containerdSettings(directory),
    "network/pods.conflist": json(networkSettings(directory)),
  };
}

function kubeconfigWith(token: string): object {
  return {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "test", cluster: { server: API, "insecure-skip-tls-verify": true } }],
    users: [{ name: "admin", user: { token } }],
    contexts: [{ name: "test", context: { cluster: "test", user: "admin" } }],
    "current-context": "test",
  };
}

function kubeletSettings(directory: string): object {
  return {
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    containerRuntimeEndpoint: `unix://${place(directory).containerd}`,
    // Since release 1.35 cgroup v1 is refused by default, but a machine may have nothing else.
    failCgroupV1: false,
    cgroupDriver: "cgroupfs",
    cgroupRoot: `/${CGROUP}`,
    enforceNodeAllocatable: [],
    // A machine may not allow a lower oom_score_adj.
    oomScoreAdj: 0,
    failSwapOn: false,
    address: NODE_ADDRESS,
    authentication: { anonymous: { enabled: true }, webhook: { enabled: false } },
    authorization: { mode: "AlwaysAllow" },
    clusterDNS: [NODE_ADDRESS],
    clusterDomain: "cluster.local",
    resolvConf: "",
    volumePluginDir: join(directory, "plugins"),
    // Images cannot be downloaded again, so a full disk must not remove images or pods.
    imageGCHighThresholdPercent: 100,
    evictionHard: { "memory.available": "10Mi", "nodefs.available": "100Mi", "imagefs.available": "100Mi" },
  };
}

function networkSettings(directory: string): object {
  const ipam = { type: "host-local", dataDir: join(directory, "addresses"), ranges: [[{ subnet: PODS }]], routes: [{ dst: "0.0.0.0/0" }] };
  const bridge = { type: "bridge", bridge: BRIDGE, isGateway: true, hairpinMode: true, ipam };
  return { cniVersion: "0.4.0", name: "pods", plugins: [bridge, { type: REDIRECT, members: MEMBERS }] };
}

function containerdSettings(directory: string): string {
  const text = (value: string) => JSON.stringify(value);
  return `version = 2
root = ${text(join(directory, "containerd"))}
state = "/run/containerd"
disabled_plugins = ["io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.devmapper"]
[grpc]
  address = ${text(place(directory).containerd)}
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "localhost/pause:1"
  restrict_oom_score_adj = true
  disable_apparmor = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = ${text(join(directory, "network-plugins"))}
    conf_dir = ${text(join(directory, "network"))}
`;
}
