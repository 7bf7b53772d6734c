// Keeps what is typed until it is saved: a crash, a time-out or a closed tab loses nothing. Warns before leaving.

const form = document.querySelector("form[data-editor]");
if (form) keep(form);

function keep(form) {
  const key = `draft:${form.dataset.editor}`;
  const revision = form.elements.revision.value;
  const fields = ["manifest", "entry", "exit"].map((name) => form.elements[name]);
  const state = form.querySelector("[data-editor-state]");
  const saved = fields.map((field) => field.value);
  let isLeaving = false;

  const isChanged = () => fields.some((field, index) => field.value !== saved[index]);

  const write = () => {
    try {
      if (isChanged()) localStorage.setItem(key, JSON.stringify({ revision, values: fields.map((field) => field.value) }));
      else localStorage.removeItem(key);
    } catch {
      // Storage is full or forbidden; leaving is still warned about.
    }
    state.textContent = isChanged() ? "Not saved yet. Kept in this browser." : "Saved.";
  };

  offer(key, revision, fields, state, write);
  let timer;
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(write, 400);
  });
  form.addEventListener("submit", () => {
    isLeaving = true;
    write();
  });
  addEventListener("beforeunload", (event) => {
    if (isChanged() && !isLeaving) event.preventDefault();
  });
  form.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key === "s") {
      event.preventDefault();
      form.requestSubmit();
    }
  });
}

/** Offers text kept from an earlier visit when it differs from what the server sent. */
function offer(key, revision, fields, state, write) {
  let kept;
  try {
    kept = JSON.parse(localStorage.getItem(key) ?? "null");
  } catch {
    return;
  }
  if (!kept || kept.values.every((value, index) => value === fields[index].value)) {
    try { localStorage.removeItem(key); } catch { /* Storage is forbidden: nothing is kept either. */ }
    return;
  }
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button button--quiet";
  button.textContent = kept.revision === revision ? "Bring back unsaved text" : "Bring back unsaved text of an earlier version";
  button.addEventListener("click", () => {
    fields.forEach((field, index) => { field.value = kept.values[index]; });
    button.remove();
    write();
  });
  state.after(button);
}
