// A list of films that are decided on, by mouse or by keys. What is decided shows at once; then the
// server is told, with the whole state of the film, so that nothing depends on the order of arrival.
// `element`, `trigger` and `watch` are gradio's.

let current = 0;
let wanted = null; // what to turn to once another page is there: "first" or "last"
let held = []; // keys that were pressed meanwhile: they are for the films of that page
let patience; // ends the holding, should that page not come
let turn = 0;

const PATIENCE = 5000; // milliseconds

const list = () => element.querySelector(".review-list");
const items = () => [...element.querySelectorAll(".review-item")];
const chips = (item) => [...item.querySelectorAll(".review-chip")];
const isOn = (button) => button.getAttribute("aria-pressed") === "true";
const set = (button, on) => button.setAttribute("aria-pressed", String(on));

function mark(index) {
  current = index;
  items().forEach((item, each) => {
    item.toggleAttribute("data-current", each === index);
    each === index ? item.setAttribute("aria-current", "true") : item.removeAttribute("aria-current");
  });
}

function goTo(index) {
  const all = items();
  if (index < 0 || index >= all.length) {
    const way = index < 0 ? "before" : "after";
    const button = document.getElementById(`${list().dataset.pages}-${way}`);
    if (button && !button.disabled) {
      wanted = index < 0 ? "last" : "first";
      clearTimeout(patience);
      patience = setTimeout(release, PATIENCE);
      button.click();
    }
    return;
  }
  mark(index);
  all[index].focus({ preventScroll: true });
  all[index].scrollIntoView({ block: "nearest" });
}

function tell(item) {
  turn = Math.max(Date.now(), turn + 1);
  trigger("select", {
    item: Number(item.dataset.item),
    genres: chips(item).filter(isOn).map((chip) => chip.dataset.genre),
    accepted: isOn(item.querySelector(".review-accept")),
    turn,
  });
}

function toggle(item, button) {
  set(button, !isOn(button));
  tell(item);
}

function add(item, field) {
  const name = field.value.replace(/[|\p{C}]/gu, " ").trim().replace(/\s+/g, " ");
  field.value = "";
  if (!name) return;
  const same = (one, other) => one.toLowerCase() === other.toLowerCase();
  const known = [...element.querySelectorAll("datalist option")].find((each) => same(each.value, name));
  const genre = known ? known.value : name;
  let chip = chips(item).find((each) => same(each.dataset.genre, genre));
  if (!chip) {
    chip = document.createElement("button");
    chip.type = "button";
    chip.className = "review-chip";
    chip.dataset.genre = genre;
    const words = document.createElement("span");
    words.textContent = genre;
    const number = chips(item).length + 1;
    if (number <= 9) {
      const key = document.createElement("kbd");
      key.setAttribute("aria-hidden", "true");
      key.textContent = number;
      chip.append(key);
    }
    chip.append(words);
    field.before(chip);
  }
  set(chip, true);
  tell(item);
}

function onKey(event) {
  const item = event.target.closest(".review-item");
  if (!item || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.target.matches("input")) {
    if (event.key === "Enter") add(item, event.target);
    if (event.key === "Escape") item.focus();
    return;
  }
  if (act(item, event.key, event.target === item)) event.preventDefault();
}

// Do what a key says of a film; return whether it says anything.
function act(item, key, isFilm) {
  const index = items().indexOf(item);
  const accept = item.querySelector(".review-accept");
  const doTo = {
    j: () => goTo(index + 1),
    ArrowDown: () => goTo(index + 1),
    k: () => goTo(index - 1),
    ArrowUp: () => goTo(index - 1),
    a: () => {
      toggle(item, accept);
      if (isOn(accept)) goTo(index + 1);
    },
    g: () => item.querySelector(".review-add")?.focus(),
    o: () => item.querySelector("summary")?.click(),
  };
  doTo.Enter = isFilm ? doTo.a : undefined; // on a button, Enter presses that
  const chip = /^[1-9]$/.test(key) ? chips(item)[key - 1] : undefined;
  const action = chip ? () => toggle(item, chip) : doTo[key];
  action?.();
  return Boolean(action);
}

// While another page is on its way, the last film is still marked, and then nothing has the focus.
function hold(event) {
  const isHere = event.target === document.body || event.target.closest?.(".review-item");
  if (!wanted || !isHere || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.key.length > 1 && !/^(Enter|Arrow(Up|Down))$/.test(event.key)) return;
  event.preventDefault();
  event.stopPropagation();
  held.push(event.key);
}

function release() {
  clearTimeout(patience);
  wanted = null;
  while (held.length && !wanted && items().length) act(items()[current], held.shift(), true);
}

function begin() {
  if (!list()) return;
  const last = items().length - 1;
  const next = wanted === "last" ? last : 0;
  const writes = document.activeElement.matches("input, textarea"); // who does is left there
  if (wanted && !writes) goTo(next);
  else mark(next);
  release();
}

document.addEventListener("keydown", hold, true);
element.addEventListener("keydown", onKey);
element.addEventListener("click", (event) => {
  const item = event.target.closest(".review-item");
  const button = event.target.closest(".review-chip, .review-accept");
  if (item && button) toggle(item, button);
});
element.addEventListener("input", (event) => {
  // A name that was chosen from the list, not typed.
  const chosen = !event.inputType || event.inputType === "insertReplacementText";
  if (chosen && event.target.matches(".review-add")) {
    add(event.target.closest(".review-item"), event.target);
  }
});
element.addEventListener("focusin", (event) => {
  const item = event.target.closest(".review-item");
  if (item) mark(items().indexOf(item));
});
watch("value", begin);
begin();
