// A small program over the generated types: it compiles only if the document says what the API does.
// Lines under @ts-expect-error must be wrong: they show that the types refuse something.
import createClient from "openapi-fetch";
import type { components, operations, paths } from "./schema";

type Card = components["schemas"]["Card"];

const client = createClient<paths>({ baseUrl: "http://127.0.0.1:8080" });

export async function feed(token: string, position?: string): Promise<string[]> {
  const { data, error, response } = await client.GET("/feed", {
    headers: { Authorization: `Bearer ${token}` },
    params: { query: { limit: 20 }, header: position === undefined ? {} : { "At-Least-Position": position } },
  });
  if (error !== undefined) {
    const next: string | null = response.headers.get("Retry-After");
    throw new Error(`${error.code} ${error.detail} ${error.errors?.[0]?.field} ${next}`);
  }
  const cursor: string | null = data.next_cursor;
  return [...data.posts.map((post: Card) => `${post.user.username}: ${post.caption}`), cursor ?? "the end"];
}

export async function publish(photo: Blob): Promise<string | undefined> {
  const { data } = await client.POST("/posts", {
    body: { filename: "a.jpg", content_type: "image/jpeg", size_bytes: photo.size, draft: false, location: null },
  });
  if (data === undefined || !("upload_url" in data)) return undefined;
  await fetch(data.upload_url, { method: data.upload_method, headers: data.upload_headers, body: photo });
  await client.POST("/posts/{post_id}/complete", { params: { path: { post_id: data.post_id } } });
  const status = await client.GET("/posts/{post_id}/status", { params: { path: { post_id: data.post_id } } });
  return status.data?.status === "published" ? status.data.urls?.feed : status.data?.reason;
}

export async function logIn(username: string, password: string): Promise<string> {
  const { data, error } = await client.POST("/oauth/token", {
    body: { grant_type: "password", username, password },
    bodySerializer: (body) => new URLSearchParams({ ...body }),
  });
  if (data !== undefined) return data.access_token;
  throw new Error("code" in error ? `${error.code}: ${error.detail}` : error.error);
}

export const rename = (name: string | null) => client.PATCH("/me", { body: { display_name: name } });
export const leave = (post_id: string) => client.DELETE("/posts/{post_id}", { params: { path: { post_id } } });

const answered: operations["createComment"]["responses"][201]["headers"]["Log-Position"] = "abc";
const nothing: operations["deletePost"]["responses"][204]["content"] = undefined;
export const known = [answered, nothing];

// @ts-expect-error a grant is whole: a password grant has no refresh token
const half: components["schemas"]["PasswordGrant"] = { grant_type: "password", refresh_token: "x" };
// @ts-expect-error a kind is one of those that there are
const kind: Card["kind"] = "painting";
// @ts-expect-error there is no such call
const lost = client.GET("/nowhere");
export const wrong = [half, kind, lost];
