// Who is signed in: at most one person a browser. The cookie is the server's and out of reach here; what is
// kept is the token that changes must carry.
import { ask, Problem } from "./api.js";

class Session {
  /** "asking", "open", "sign-in", "setup", "unreachable" */
  state = $state("asking");
  why = $state("");
  csrf = "";

  async look() {
    try {
      this.take(await ask("/auth/session"));
    } catch (problem) {
      this.refuse(problem);
    }
  }

  take({ csrf }) {
    this.csrf = csrf ?? "";
    this.why = "";
    this.state = "open";
  }

  refuse(problem) {
    this.csrf = "";
    if (problem instanceof Problem && problem.status === 401)
      this.state = problem.setup_needed ? "setup" : "sign-in";
    else {
      this.state = "unreachable";
      this.why = problem.message;
    }
  }

  /** Some answer was 401. */
  ended() {
    if (this.state !== "open") return;
    this.why = "The session has ended: sign in again.";
    this.csrf = "";
    this.state = "sign-in";
  }

  async sign_in(password) {
    this.take(await ask("/auth/sign-in", { method: "POST", body: { password } }));
  }

  async set_up(password, token) {
    this.take(await ask("/auth/setup", { method: "POST", body: { password, token } }));
  }

  async sign_out() {
    try {
      await ask("/auth/sign-out", { method: "POST" });
    } finally {
      this.csrf = "";
      this.why = "";
      this.state = "sign-in";
    }
  }
}

export const session = new Session();
