// Send files as they are, one request a file, with progress; the server answers in words.
(() => {
  "use strict";
  const N = (window.neurotomy = window.neurotomy || {});
  const send = (file, role, first, told) => new Promise((done, failed) => {
    const r = new XMLHttpRequest();
    r.open("POST", `/upload?role=${role}&first=${first ? 1 : 0}&name=${encodeURIComponent(file.name)}`);
    r.upload.onprogress = (e) => told(e.loaded);
    r.onload = () => (r.status === 200 ? done() : failed(new Error(r.status === 413 ? "This file is too large." : r.responseText || "The upload was refused.")));
    r.onerror = () => failed(new Error("The connection was lost. Choose the file again."));
    r.send(file);
  });
  N.upload = async (input) => {
    const role = input.dataset.role, files = [...input.files], said = document.getElementById(`said-${role}`);
    const total = files.reduce((sum, f) => sum + f.size, 0) || 1;
    let before = 0;
    try {
      for (const [n, file] of files.entries()) {
        await send(file, role, n === 0, (now) => { said.textContent = `Uploading ${Math.round((100 * (before + now)) / total)} %`; });
        before += file.size;
      }
      const size = total < 1e6 ? `${Math.ceil(total / 1e3)} kB` : `${(total / 1e6).toFixed(1)} MB`;
      said.textContent = files.length === 1 ? `${files[0].name}, ${size}` : `${files.length} files, ${size}`;
      said.dataset.state = "done";
      emitEvent("uploaded", { role, count: files.length });
    } catch (error) { said.textContent = error.message; said.dataset.state = "failed"; emitEvent("uploaded", { role, count: 0 }); }
  };
})();
