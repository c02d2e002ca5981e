// Four hints, the first time only; Escape ends them.
(() => {
  "use strict";
  const N = (window.neurotomy = window.neurotomy || {});
  const HINTS = [
    [".fluoro", "Turn the C-arm", "Drag the picture, or use the arrow keys. The buttons above are the standard views, set for this patient."],
    [".panel", "Place the needle", "Drag the rings at tip and skin, or use the sliders. Every check says what it measured and where its limit comes from."],
    [".panel .q-tab:nth-of-type(2)", "Burn", "The generator runs, the lesion appears in every view, and you see what of each nerve it takes."],
    [".panel .q-tab:nth-of-type(3)", "What it means", "Blocks, needles and lesions together say how much relief to expect, and for how long. Then take the report with you."],
  ];
  N.tour = (again) => {
    if (!again && localStorage.getItem("neurotomy-tour")) return;
    const box = document.createElement("div");
    box.className = "tour"; box.setAttribute("role", "dialog"); box.setAttribute("aria-live", "polite"); box.setAttribute("aria-label", "Hints");
    document.body.append(box);
    let n = 0;
    const end = () => { localStorage.setItem("neurotomy-tour", "seen"); box.remove(); removeEventListener("keydown", key); };
    const key = (e) => { if (e.key === "Escape") end(); };
    addEventListener("keydown", key);
    const show = () => {
      const [where, title, words] = HINTS[n], at = document.querySelector(where);
      box.innerHTML = `<h2>${title}</h2><p>${words}</p><div><span>${n + 1} of ${HINTS.length}</span><button class="skip">Skip</button><button class="next">${n + 1 < HINTS.length ? "Next" : "Start"}</button></div>`;
      box.querySelector(".skip").onclick = end;
      box.querySelector(".next").onclick = () => { n += 1; n < HINTS.length ? show() : end(); };
      box.querySelector(".next").focus();
      const b = at ? at.getBoundingClientRect() : { left: 40, top: 80, width: 0, height: 0 }, w = Math.min(320, innerWidth - 24);
      box.style.width = `${w}px`;
      box.style.left = `${Math.min(Math.max(where === ".fluoro" ? b.left + b.width - w - 16 : b.left - w - 14, 12), innerWidth - w - 12)}px`;
      box.style.top = `${Math.min(Math.max(b.top + 12, 12), innerHeight - 220)}px`;
    };
    show();
  };
})();
