// What two networks make of a sound, as bars side by side; and, where Python asks for it, the microphone: a second of sound is
// sent several times a second, and never before the one before it has been answered.

const EVERY = 250, PATIENCE = 4000, SENT_RATE = 16000, SECONDS = 1; // ms; ms until an answer is no longer waited for; Hz; s
const REFUSED = {
  NotAllowedError: "The browser refuses the microphone. Allow it beside the address, then press Start again.",
  NotFoundError: "No microphone answers. Connect one, then press Start again.",
  NotReadableError: "Another program holds the microphone. Close it, then press Start again.",
  insecure: "This browser gives the microphone to https addresses alone. Ask for one, or bring a recording.",
  other: "The microphone could not be started. Bring a recording instead.",
};
const GATHER = `registerProcessor("gather", class extends AudioWorkletProcessor {
  constructor() { super(); this.held = new Float32Array(1024); this.n = 0; }
  process([input]) {
    if (!input[0]) return true;
    for (const v of input[0]) { this.held[this.n++] = v; if (this.n === 1024) { this.port.postMessage(this.held.slice()); this.n = 0; } }
    return true;
  }
});`;

class Microphone {
  constructor(root) {
    this.root = root; this.$ = (s) => root.querySelector(s);
    this.sent = 0; this.answered = 0; this.said = "";
    this.$("[data-do=listen]").addEventListener("click", () => (this.stream || this.starting ? this.stop() : this.start()));
  }

  // ---- data in
  update(args) {
    this.args = args; this.theme = themeOf(this.root);
    if (args.data !== this.bytes) { this.bytes = args.data; this.scene = unpack(args.data); }
    const { scene } = this;
    this.answered = scene.answered;
    this.$(".bar").hidden = !scene.listens;
    if (!scene.listens) this.stop();
    const columns = this.$(".columns"), shape = JSON.stringify([scene.labels, scene.columns.map((c) => c.title)]);
    if (shape !== this.shape) { this.shape = shape; columns.replaceChildren(...scene.columns.map((c) => this.column(c))); }
    scene.columns.forEach((c, k) => this.fill(columns.children[k], c));
    this.tell();
  }

  column(column) {
    const section = document.createElement("section"), title = document.createElement("h4"), about = document.createElement("p"), list = document.createElement("ol"), words = document.createElement("p");
    title.textContent = column.title; about.className = "about"; words.className = "words"; words.setAttribute("aria-live", "polite");
    section.style.setProperty("--names", `${Math.min(Math.max(...this.scene.labels.map((l) => l.length)) * 0.56 + 0.4, 11)}em`);
    list.replaceChildren(...this.scene.labels.map((label) => {
      const row = document.createElement("li"), name = document.createElement("span"), track = document.createElement("i"), share = document.createElement("span");
      name.textContent = label; name.title = label; track.append(document.createElement("b")); row.append(name, track, share);
      return row;
    }));
    section.append(title, about, list, words);
    return section;
  }

  fill(section, column) {
    const [, about, list, words] = section.children, p = column.probabilities;
    section.style.setProperty("--c", roleColor(this.theme, column.role));
    about.textContent = column.about;
    const best = p ? p.indexOf(Math.max(...p)) : -1;
    [...list.children].forEach((row, k) => {
      row.classList.toggle("best", k === best);
      row.children[1].firstChild.style.width = p ? `${(100 * p[k]).toFixed(1)}%` : "0";
      row.children[2].textContent = p ? `${(100 * p[k]).toFixed(1)} %` : "–";
    });
    words.hidden = !column.words; words.dataset.label = "last words";
    const text = column.words ? column.words.join(" ") || "–" : "";
    if (words.textContent !== text) words.textContent = text;
  }

  tell() {
    const button = this.$("[data-do=listen]"), on = Boolean(this.stream);
    button.textContent = on || this.starting ? "Stop" : "Start the microphone"; button.setAttribute("aria-pressed", on);
    const text = this.said || this.scene.note || (on ? "Listening. The sound is sent to this page's server and kept nowhere." : "");
    if (this.$(".note").textContent !== text) this.$(".note").textContent = text;
  }

  // ---- listening
  async start() {
    this.said = ""; this.starting = true;
    const try_ = (this.tries = (this.tries || 0) + 1);
    try {
      if (!navigator.mediaDevices || !navigator.mediaDevices.getUserMedia) throw Object.assign(new Error(), { name: "insecure" });
      this.tell();
      const stream = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false } });
      if (try_ !== this.tries || !this.starting) { stream.getTracks().forEach((t) => t.stop()); return; } // stopped meanwhile
      this.stream = stream; this.ctx = new AudioContext(); this.heard = []; this.n = 0;
      const code = URL.createObjectURL(new Blob([GATHER], { type: "text/javascript" }));
      await this.ctx.audioWorklet.addModule(code);
      URL.revokeObjectURL(code);
      const node = new AudioWorkletNode(this.ctx, "gather"), mute = new GainNode(this.ctx, { gain: 0 });
      node.port.onmessage = (e) => this.keep(e.data);
      this.ctx.createMediaStreamSource(stream).connect(node).connect(mute).connect(this.ctx.destination);
      await this.ctx.resume();
      stream.getTracks()[0].addEventListener("ended", () => { this.said = REFUSED.NotFoundError; this.stop(); });
      this.timer = setInterval(() => this.send(), EVERY);
      this.starting = false;
    } catch (error) {
      if (try_ !== this.tries) return;
      this.said = REFUSED[error.name] || REFUSED.other;
      this.stop();
    }
    this.tell();
  }

  keep(block) { // the last second, and a little more
    if (!this.ctx) return; // what was on its way when it was stopped
    this.heard.push(block); this.n += block.length;
    while (this.n - this.heard[0].length > SECONDS * this.ctx.sampleRate) this.n -= this.heard.shift().length;
    this.$("meter").value = block.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
  }

  async send() {
    if (!this.root.host.isConnected) { this.stop(); return; }
    const rate = this.ctx.sampleRate, n = Math.round(SECONDS * rate);
    if (this.n < n || this.sending || (this.sent > this.answered && performance.now() - this.at < PATIENCE)) return;
    this.sending = true;
    try {
      const whole = new Float32Array(this.n);
      let at = 0;
      for (const block of this.heard) { whole.set(block, at); at += block.length; }
      const offline = new OfflineAudioContext(1, SECONDS * SENT_RATE, SENT_RATE), buffer = new AudioBuffer({ length: n, sampleRate: rate });
      buffer.copyToChannel(whole.subarray(this.n - n), 0);
      const source = new AudioBufferSourceNode(offline, { buffer });
      source.connect(offline.destination); source.start();
      const low = (await offline.startRendering()).getChannelData(0);
      const pcm = Int16Array.from(low, (v) => clamp(Math.round(v * 32768), -32768, 32767));
      if (!this.stream) return;
      this.sent = Math.max(this.sent, this.answered) + 1; this.at = performance.now();
      this.args.setTriggerValue("heard", { number: this.sent, pcm: base64(new Uint8Array(pcm.buffer)) });
    } finally { this.sending = false; }
  }

  stop() {
    clearInterval(this.timer);
    this.tries = (this.tries || 0) + 1; this.starting = false;
    if (this.stream) this.stream.getTracks().forEach((t) => t.stop());
    if (this.ctx) this.ctx.close();
    this.stream = this.ctx = undefined; this.heard = []; this.n = 0;
    this.$("meter").value = 0;
    if (this.scene) this.tell();
  }
}

function base64(bytes) {
  let text = "";
  for (let k = 0; k < bytes.length; k += 8192) text += String.fromCharCode(...bytes.subarray(k, k + 8192));
  return btoa(text);
}

export default function (args) {
  const root = args.parentElement, microphone = root.microphone || (root.microphone = new Microphone(root));
  microphone.update(args);
  return () => { // also called for an update that a newer one has overtaken: only leaving the page ends it
    if (root.host.isConnected) return;
    microphone.stop(); root.microphone = undefined;
  };
}
