import { Check } from "./check";

export const dynamic = "force-dynamic";

export default function Page() {
  return (
    <main>
      <h1>Rendered on the server</h1>
      <Check />
    </main>
  );
}
