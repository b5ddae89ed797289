declare module "*.eta" {
  const template: import("./bootstrap/render.ts").Template;
  export default template;
}
