// The service: which one it is, how it is asked, and what to say when it does not answer.

// Its address, such as "https://someone-digit-reader.hf.space"; "" where it serves this page itself.
const SERVICE = "";

const PATIENCE = 30_000; // milliseconds until a request is given up

/** An answer that did not come: `kind` is "token", "away" or "refused"; the message is for people. */
export class NoAnswer extends Error {
  constructor(kind, message, seconds = 0) {
    super(message);
    this.kind = kind;
    this.seconds = seconds; // until it is worth trying again
  }
}

/** The service's address with a slash at its end: `?api=` in this page's address, or the constant. */
export function serviceAddress() {
  const named = new URLSearchParams(location.search).get("api") || SERVICE;
  const address = new URL(named || "../", location.href);
  if (!["http:", "https:"].includes(address.protocol)) return new URL("../", location.href).href;
  return address.href.split(/[?#]/)[0].replace(/\/*$/, "/");
}

export class Service {
  constructor(address) {
    this.address = address;
    this.key = `token of ${address}`; // each service gets its own token, and no other's
  }

  set token(token) {
    sessionStorage.setItem(this.key, token);
  }

  /** Whether the service is awake; NoAnswer where it is not. */
  async health() {
    return this.#ask("api/health");
  }

  /** Read a picture, a Blob: {text, note, digits}; NoAnswer where it cannot be. */
  async predict(picture, number) {
    const query = new URLSearchParams({ explain: 1, number: Number(number) });
    const headers = { "Content-Type": picture.type || "application/octet-stream" };
    const token = sessionStorage.getItem(this.key);
    if (token) headers.Authorization = `Bearer ${token}`;
    return this.#ask(`api/predict?${query}`, { method: "POST", headers, body: picture });
  }

  async #ask(path, options = {}) {
    const signal = AbortSignal.timeout(PATIENCE);
    let response, body;
    try {
      response = await fetch(this.address + path, { ...options, signal, credentials: "omit" });
      body = await response.json();
    } catch {
      // asleep, down, unknown, or a proxy's page in its place: only time can tell
      throw new NoAnswer("away", "The service is asleep or down.");
    }
    if (response.ok) return body;
    const seconds = Number(response.headers.get("Retry-After")) || 0;
    const kind = { 401: "token", 502: "away", 503: "away", 504: "away" }[response.status];
    throw new NoAnswer(kind || "refused", body.error || "The service gave no answer.", seconds);
  }
}
