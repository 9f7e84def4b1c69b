/** How it looks. Constructed style sheets need nothing from the page's style-src, and no rule of the page reaches in. */

// The page's own `!important` loses against one inside the shadow, so nothing out there can hide or distort the host.
const HOST = `
  :host {
    all: initial !important;
    display: block !important;
    direction: ltr !important;
    contain: style !important;
  }
  :host([hidden]) { display: none !important }
`;

const PIECES = `
  * { box-sizing: border-box }
  .root {
    --primary: #0570de;
    --paper: #fff;
    --ink: #30313d;
    --danger: #c0123c;
    --radius: 6px;
    --font: -apple-system, BlinkMacSystemFont, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif;
    --size: 16px;
    --unit: 4px;
    --quiet: color-mix(in srgb, var(--ink) 72%, var(--paper));
    --hint: color-mix(in srgb, var(--ink) 66%, var(--paper));
    --line: color-mix(in srgb, var(--ink) 22%, var(--paper));
    --on-primary: #fff;
    --warm: #8a4b00;
    --warm-paper: #fff3d6;
    color-scheme: light;
    color: var(--ink);
    font: 400 var(--size)/1.4 var(--font);
    -webkit-font-smoothing: antialiased;
    text-align: start;
  }
  .root[data-theme="flat"] { --line: transparent }
  .root[data-theme="flat"] input { background: color-mix(in srgb, var(--ink) 7%, var(--paper)); box-shadow: none }
  .root[data-theme="night"] {
    --primary: #85d996;
    --paper: #30313d;
    --ink: #fff;
    --danger: #ff9bab;
    --on-primary: #10231a;
    --warm: #ffd58a;
    --warm-paper: #4a3a18;
    color-scheme: dark;
  }
  p { margin: 0 }
  button { font: inherit; cursor: pointer }
  :focus-visible { outline: 2px solid var(--primary); outline-offset: 2px }
  .badge {
    display: inline-block;
    padding: 1px 7px;
    border-radius: 99px;
    background: var(--warm-paper);
    color: var(--warm);
    font-size: 11px;
    font-weight: 700;
    letter-spacing: .06em;
  }
`;

export const FORM_LOOK = `${HOST}${PIECES}
  .form { display: grid; gap: calc(var(--unit) * 3); grid-template-columns: repeat(2, minmax(0, 1fr)) }
  .form[data-state="loading"] > * { visibility: hidden }
  .form[data-state="broken"] > :not(.broken), .broken:empty { display: none }
  .form[data-state="loading"] { border-radius: var(--radius); background: color-mix(in srgb, var(--ink) 7%, var(--paper)) }
  .form[data-state="loading"][data-loader="never"] { background: none }
  .broken { grid-column: 1 / -1; color: var(--danger) }
  .wide { grid-column: 1 / -1 }
  .about { display: flex; flex-wrap: wrap; gap: 2px 8px; align-items: center; color: var(--quiet); font-size: 13px }
  .cards { display: flex; flex-wrap: wrap; gap: 6px }
  .cards button {
    display: inline-flex; gap: 6px; align-items: center; min-height: 30px; padding: 3px 9px;
    border: 1px solid var(--line); border-radius: 99px; background: var(--paper); color: var(--quiet); font-size: 12px;
  }
  .root[data-theme="flat"] .cards button { border-color: color-mix(in srgb, var(--ink) 22%, var(--paper)) }
  .cards button:hover { border-color: var(--primary); color: var(--ink) }
  .cards small { font: 11px/1 ui-monospace, Menlo, Consolas, "Liberation Mono", monospace; opacity: .85 }
  .field { min-width: 0 }
  label { display: block; margin-bottom: var(--unit); font-size: .9em; font-weight: 500 }
  .holder { position: relative; container-type: inline-size }
  input {
    display: block; width: 100%; min-height: 44px; margin: 0; padding: calc(var(--unit) * 2.5) calc(var(--unit) * 3);
    border: 1px solid var(--line); border-radius: var(--radius); background: var(--paper); color: var(--ink);
    box-shadow: 0 1px 1px rgb(0 0 0 / 3%), 0 3px 6px rgb(0 0 0 / 2%);
    font: inherit; font-variant-numeric: tabular-nums; appearance: none;
  }
  input::placeholder { color: var(--hint); opacity: 1 }
  input:focus { outline: 0; border-color: var(--primary); box-shadow: 0 0 0 3px color-mix(in srgb, var(--primary) 25%, transparent) }
  @media (forced-colors: active) { input:focus { outline: 2px solid } }
  input[aria-invalid="true"] { border-color: var(--danger); box-shadow: inset 0 0 0 1px var(--danger); color: var(--danger) }
  input[aria-invalid="true"]:focus { box-shadow: 0 0 0 3px color-mix(in srgb, var(--danger) 25%, transparent) }
  input:disabled { opacity: .6; cursor: default }
  input[name="number"] { padding-inline-end: 126px }
  .error { color: var(--danger); font-size: .875em }
  .error:not(:empty) { margin-top: var(--unit) }
  .terms { color: var(--quiet); font-size: 13px }
  .terms:empty { display: none }
  .brands { position: absolute; inset-block: 0; inset-inline-end: 10px; display: flex; gap: 4px; align-items: center; pointer-events: none }
  .brand {
    display: inline-grid; place-items: center; width: 34px; height: 22px; border: 1px solid rgb(0 0 0 / 14%); border-radius: 4px;
    background: #fff; color: #1a1f71; font: italic 800 10px/1 Arial, "Liberation Sans", sans-serif;
  }
  .brand[hidden] { display: none }
  .brand[data-brand="amex"] { background: #016fd0; color: #fff; font-style: normal; font-size: 9px }
  .brand[data-brand="discover"], .brand[data-brand="diners"], .brand[data-brand="jcb"], .brand[data-brand="unionpay"] {
    width: auto; padding-inline: 4px; color: #333; font-style: normal; font-size: 8px;
  }
  .brand[data-brand="mastercard"] {
    font-size: 0;
    background: radial-gradient(circle 6px at 13px 50%, #eb001b 95%, transparent), radial-gradient(circle 6px at 20px 50%, #f79e1b 95%, transparent), #fff;
  }
  @container (max-width: 305px) {
    .brands[data-idle] { display: none }
    input[name="number"] { padding-inline-end: 54px }
  }
  @media (prefers-reduced-motion: no-preference) {
    .form[data-state="loading"] { animation: wait 1.2s ease-in-out infinite alternate }
    @keyframes wait { to { opacity: .45 } }
    input { transition: border-color .12s, box-shadow .12s }
  }
`;

export const CHALLENGE_LOOK = `${HOST}${PIECES}
  dialog {
    width: min(416px, calc(100vw - 24px)); max-height: calc(100dvh - 24px); padding: 0; overflow: auto;
    border: 0; border-radius: 14px; background: var(--paper); color: var(--ink); box-shadow: 0 24px 70px rgb(0 0 0 / 38%);
  }
  dialog::backdrop { background: rgb(10 14 22 / 58%) }
  .head { display: flex; gap: 8px; justify-content: space-between; align-items: center; padding: 14px 20px; border-bottom: 1px solid var(--line); font-size: 14px; font-weight: 600 }
  .body { display: grid; gap: 14px; padding: 20px }
  h2 { margin: 0; font-size: 20px; line-height: 1.25; letter-spacing: -.01em }
  .note { color: var(--quiet); font-size: 14px }
  .acts { display: grid; gap: 10px; margin-top: 4px }
  .acts button { min-height: 46px; padding: 8px 16px; border: 1px solid var(--line); border-radius: var(--radius); background: transparent; color: var(--ink); font-weight: 600 }
  .acts .main { border-color: transparent; background: var(--primary); color: var(--on-primary) }
  .acts button:disabled { opacity: .6; cursor: progress }
`;

const VARIABLES = {
  colorPrimary: '--primary',
  colorBackground: '--paper',
  colorText: '--ink',
  colorTextSecondary: '--quiet',
  colorTextPlaceholder: '--hint',
  colorDanger: '--danger',
  accessibleColorOnColorPrimary: '--on-primary',
  borderRadius: '--radius',
  fontFamily: '--font',
  fontSizeBase: '--size',
  spacingUnit: '--unit',
};

/** A shadow with its own style sheet and, in it, the element everything else hangs from. */
export function shadowed(host, look) {
  const shadow = host.attachShadow({ mode: 'open' });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(look);
  shadow.adoptedStyleSheets = [sheet];
  const root = made('div', { className: 'root' });
  shadow.append(root);
  return root;
}

/** The page's `appearance`, as far as it has a meaning here. */
export function dress(root, { theme = 'stripe', variables = {} } = {}) {
  root.dataset.theme = theme;
  for (const [name, property] of Object.entries(VARIABLES)) {
    root.style.setProperty(property, variables[name] ?? '');
  }
  // Ours is dark by itself; of a colour that the page chose, only the browser can say what is readable on it.
  if (variables.colorPrimary && !variables.accessibleColorOnColorPrimary) {
    root.style.setProperty('--on-primary', readableOn(variables.colorPrimary));
  }
}

function readableOn(colour) {
  const brush = document.createElement('canvas').getContext('2d');
  if (!brush) return '#fff';
  brush.fillStyle = colour;
  brush.fillRect(0, 0, 1, 1);
  const light = [...brush.getImageData(0, 0, 1, 1).data].slice(0, 3).map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  const luminance = 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2];
  return luminance > 0.179 ? '#111' : '#fff';
}

/** An element with properties, attributes (those with a dash, `role` and `for`) and children. */
export function made(name, facts = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(facts)) {
    if (key.includes('-') || key === 'role' || key === 'for') element.setAttribute(key, value);
    else element[key] = value;
  }
  element.append(...children);
  return element;
}
