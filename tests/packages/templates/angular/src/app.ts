import { CUSTOM_ELEMENTS_SCHEMA, Component, signal } from "@angular/core";
import "liveness-capture/element";
import type { LivenessElementEvents } from "liveness-capture/element";

@Component({
  selector: "app-root",
  schemas: [CUSTOM_ELEMENTS_SCHEMA],
  template: `
    <liveness-check
      model="mixed-10-v2"
      asset-base="/liveness/"
      (liveness-result)="onResult($event)"
      (liveness-error)="onError($event)"
    >
      <p slot="consent">Pictures of your face are sent to us, checked, and deleted.</p>
    </liveness-check>
    <output>{{ outcome() }}</output>
  `,
})
export class App {
  protected readonly outcome = signal("");

  protected onResult({ detail }: LivenessElementEvents["liveness-result"]) {
    this.outcome.set(detail.verdict?.verdict ?? "");
  }
  protected onError({ detail }: LivenessElementEvents["liveness-error"]) {
    this.outcome.set(detail.code);
  }
}
