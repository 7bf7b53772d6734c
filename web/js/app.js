// Comforts on every page: the reader's own time on hover, hashes copied by a click, an error summary that takes focus.

for (const time of document.querySelectorAll("time[datetime]")) {
  const instant = new Date(time.dateTime);
  if (!Number.isNaN(instant.valueOf())) {
    time.title = `${instant.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" })} your time`;
  }
}

/** Copies `text`, then says so where the reader looks. */
async function copy(text, place) {
  try {
    await navigator.clipboard.writeText(text);
    place.dataset.copied = "true";
    status.textContent = "Copied";
    setTimeout(() => delete place.dataset.copied, 1500);
  } catch {
    // Without permission the text stays selectable, which is what people without scripts do.
  }
}

const status = document.createElement("p");
status.className = "visually-hidden";
status.setAttribute("role", "status");
document.body.append(status);

if (navigator.clipboard) {
  for (const code of document.querySelectorAll("code[data-copy]")) {
    code.addEventListener("click", () => copy(code.textContent, code));
  }
  for (const block of document.querySelectorAll("pre[data-copy-block]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy";
    button.addEventListener("click", () => copy(block.querySelector("code").textContent, button));
    block.append(button);
  }
}

document.querySelector(".error-summary")?.focus();

// On small screens the account's tabs scroll: the current one is brought into view, the page stays where it is.
const tab = document.querySelector(".account__nav a[aria-current]");
if (tab) tab.parentElement.scrollLeft = tab.offsetLeft - (tab.parentElement.clientWidth - tab.offsetWidth) / 2;
