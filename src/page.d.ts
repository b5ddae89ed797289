/** The style and the script of the page of `explain`, and their hashes; see `build/page-plugin.ts`. */
declare module "attache:page" {
  interface Asset {
    readonly text: string;
    readonly hash: string;
  }
  export const style: Asset;
  export const script: Asset;
}
