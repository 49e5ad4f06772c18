/* Calls of the control API; a refusal is an error with the bench's sentence. */

export async function call(method, path, body) {
  const options = {method, headers: {"Accept": "application/json"}};
  if (body !== undefined) {
    options.body = JSON.stringify(body);
    options.headers["Content-Type"] = "application/json";
  }
  let answer;
  try {
    answer = await fetch(path, options);
  } catch {
    throw new Error("the bench does not answer");
  }
  const content = await answer.json().catch(() => null);
  if (!answer.ok) throw new Error(content?.error ?? `the bench answers ${answer.status}`);
  return content;
}

export const get = (path) => call("GET", path);
export const segment = encodeURIComponent;
