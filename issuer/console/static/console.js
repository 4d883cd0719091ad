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

// A download that is being drawn begins after a moment: until then it is said that it will.
document.addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest("[data-drawn]") : null;
  const said = link?.closest(".card").querySelector("[data-drawing]");
  if (said) {
    said.hidden = false;
    said.textContent = said.dataset.drawing;
    setTimeout(() => {
      said.hidden = true;
    }, 30000);
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
