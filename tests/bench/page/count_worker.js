// Counts a camera's frames; "report" answers with their times in milliseconds.
const times = [];

async function count(readable) {
  for await (const frame of readable) {
    times.push(frame.timestamp / 1000);
    frame.close();
  }
}

self.onmessage = ({ data }) => (data === "report" ? self.postMessage(times) : void count(data));
