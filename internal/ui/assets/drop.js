// Takes files that are dropped on the page, and shows how much of one has been sent. Without this script the form sends it all the same.

const form = document.getElementById("drop"), input = form.elements.file, bar = form.querySelector("progress"), said = form.querySelector("output");
const say = text => { said.textContent = text; said.hidden = !text; };

addEventListener("dragover", e => {
  if (!e.dataTransfer.types.includes("Files")) return;
  e.preventDefault();
  form.classList.add("over");
});
addEventListener("dragleave", e => { if (!e.relatedTarget) form.classList.remove("over"); });
addEventListener("drop", e => {
  form.classList.remove("over");
  if (!e.dataTransfer.files.length) return;
  e.preventDefault();
  if (e.dataTransfer.files.length > 1) { say("One file at a time: each becomes a task of its own."); return; }
  input.files = e.dataTransfer.files;
  form.requestSubmit();
});

form.addEventListener("submit", e => {
  e.preventDefault();
  const file = input.files[0];
  if (!file) { say("No file was chosen."); return; }
  if (file.size > Number(form.dataset.max)) { say("The file is larger than " + form.dataset.maxText + ", the most that the page takes."); return; }
  const request = new XMLHttpRequest(), done = () => { bar.hidden = true; form.querySelector("button").disabled = false; };
  request.open("POST", "/api/v1/uploads");
  request.responseType = "json";
  if (form.dataset.csrf) request.setRequestHeader("X-Csrf-Token", form.dataset.csrf);
  request.upload.onprogress = p => {
    bar.value = p.loaded / p.total;
    say(p.loaded < p.total ? Math.floor(100 * p.loaded / p.total) + " % sent" : "Sent; looking at it …");
  };
  request.onload = () => {
    if (request.status === 201) { say("Looking at it …"); location.assign("/submit/file/" + request.response.id); return; }
    done();
    say(request.response?.detail ?? request.response?.error ?? "The file was not taken: " + request.status);
  };
  request.onerror = () => { done(); say("The file could not be sent: the connection broke. Try again."); };
  bar.hidden = false;
  bar.value = 0;
  form.querySelector("button").disabled = true;
  say("Sending " + file.name);
  request.send(new FormData(form));
});
