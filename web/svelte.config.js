// Styles stand in files of their own: what a component brought along would be injected as inline style.
export default { compilerOptions: { runes: true, css: "external" } };
