// Passkey ceremonies: [data-passkey] holds a button and the hidden field of its form that takes the answer. The options
// come from data-options; the form is then sent as any other.

for (const part of document.querySelectorAll("[data-passkey]")) prepare(part);

function prepare(part) {
  const button = part.querySelector("button");
  const note = part.querySelector("[data-passkey-note]");
  const field = part.querySelector(`input[name="${part.dataset.field}"]`);
  const tell = (text) => { note.textContent = text; };
  if (!window.PublicKeyCredential || !navigator.credentials) {
    tell("This browser has no passkeys. Use another way, or another browser.");
    return;
  }
  tell("");
  button.hidden = false;
  button.addEventListener("click", async () => {
    const form = button.form;
    const isCreating = part.dataset.ceremony === "create";
    if (isCreating && !form.reportValidity()) return;
    button.disabled = true;
    tell("Waiting for your device…");
    try {
      const options = await ask(part.dataset.options, form.elements.form_token.value);
      const credential = isCreating
        ? await navigator.credentials.create({ publicKey: creation(options) })
        : await navigator.credentials.get({ publicKey: request(options) });
      field.value = JSON.stringify(answer(credential));
      // Not requestSubmit: fields of the other way, such as an empty code, must not hold the form back.
      HTMLFormElement.prototype.submit.call(form);
    } catch (error) {
      button.disabled = false;
      tell(words(error));
    }
  });
}

class Refused extends Error {}

async function ask(address, token) {
  const reply = await fetch(address, {
    method: "POST", headers: { accept: "application/json", "x-form-token": token }, credentials: "same-origin",
  });
  const body = await reply.json().catch(() => ({}));
  if (!reply.ok) throw new Refused(body.detail || "That did not work. Reload the page and try again.");
  return body;
}

function words(error) {
  if (error instanceof Refused) return error.message;
  if (error.name === "InvalidStateError") return "This device has a passkey for your account already. Choose another device.";
  if (error.name === "NotAllowedError" || error.name === "AbortError") return "Your device did not confirm. Try again, or use another way.";
  if (error.name === "SecurityError") return "Passkeys of this site do not work at this address.";
  return "That did not work. Check your connection and try again.";
}

function creation(options) {
  return {
    ...options, challenge: bytes(options.challenge), user: { ...options.user, id: bytes(options.user.id) },
    excludeCredentials: options.excludeCredentials.map((item) => ({ ...item, id: bytes(item.id) })),
  };
}

function request(options) {
  return {
    ...options, challenge: bytes(options.challenge),
    allowCredentials: options.allowCredentials.map((item) => ({ ...item, id: bytes(item.id) })),
  };
}

/** As PublicKeyCredential.toJSON, which not every browser has. */
function answer(credential) {
  const { response } = credential;
  const parts = { clientDataJSON: text(response.clientDataJSON) };
  if (response.attestationObject) {
    parts.attestationObject = text(response.attestationObject);
    parts.transports = response.getTransports ? response.getTransports() : [];
  } else {
    parts.authenticatorData = text(response.authenticatorData);
    parts.signature = text(response.signature);
    if (response.userHandle) parts.userHandle = text(response.userHandle);
  }
  return { id: credential.id, rawId: text(credential.rawId), type: credential.type, response: parts };
}

function bytes(base64url) {
  const base64 = base64url.replace(/-/g, "+").replace(/_/g, "/");
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

function text(buffer) {
  const characters = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("");
  return btoa(characters).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}
