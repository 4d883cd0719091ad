// What the pages need beyond htmx: nothing here is needed to finish a task without it.

// A button that was pressed is not pressed twice; what its form does meanwhile is shown (.working).
document.addEventListener("submit", (event) => {
  const button = event.submitter;
  event.target.classList.add("sent");
  if (button && !event.target.hasAttribute("data-again")) {
    setTimeout(() => {
      button.disabled = true;
    }, 0);
    setTimeout(() => {
      button.disabled = false;
    }, 5000);
  }
});

addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll(".sent")) {
    form.classList.remove("sent");
  }
});

// Copies the text that stands before a button, and says so on it.
document.addEventListener("click", async (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-copy]") : null;
  if (button && navigator.clipboard) {
    await navigator.clipboard.writeText(button.dataset.copy);
    const words = button.textContent;
    button.textContent = button.dataset.copied;
    setTimeout(() => {
      button.textContent = words;
    }, 2000);
  }
});

// A download that is drawn while it is sent says how far it has come: the page names it, and asks.
const anyName = () =>
  [...crypto.getRandomValues(new Uint8Array(16))]
    .map((one) => one.toString(16).padStart(2, "0"))
    .join("");

async function follow(where, said) {
  for (let begun = false, tries = 0; begun || tries < 60; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    const answer = await fetch(where).catch(() => null);
    if (answer?.ok) {
      const progress = await answer.json();
      begun = true;
      said.textContent = progress.said;
      if (progress.over) {
        return;
      }
    } else if (begun) {
      said.textContent = said.dataset.broken;
      return;
    }
  }
  said.hidden = true;
}

document.addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest("[data-drawn]") : null;
  const said = link?.closest(".card").querySelector("[data-drawing]");
  if (said) {
    const name = anyName();
    link.search = new URLSearchParams({ progress: name }).toString();
    said.hidden = false;
    said.textContent = said.dataset.drawing;
    follow(new URL(`progress/${name}`, link.href), said);
  }
});

// A file that is dropped on its field, or chosen in it, is shown by its name.
for (const drop of document.querySelectorAll(".drop")) {
  const input = drop.querySelector("input[type=file]");
  const show = () => {
    drop.querySelector(".chosen").textContent = [...input.files].map((one) => one.name).join("、");
  };
  input.addEventListener("change", show);
  for (const kind of ["dragenter", "dragover"]) {
    drop.addEventListener(kind, (event) => {
      event.preventDefault();
      drop.classList.add("over");
    });
  }
  for (const kind of ["dragleave", "drop"]) {
    drop.addEventListener(kind, () => drop.classList.remove("over"));
  }
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    input.files = event.dataTransfer.files;
    show();
  });
}
