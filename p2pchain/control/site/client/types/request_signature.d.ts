/**
 * The fields that sign a request: `signature-input`, `signature`, and of a body `content-digest`.
 *
 * The body has to be sent with exactly this content type, and each request be signed anew.
 * @param {Signer} signer the account's key
 * @param {{ method: string, url: string, contentType?: string, body?: Uint8Array }} request
 * @param {{ createdS?: number, nonce?: string }} [at] seconds since 1970, and a text that is used once
 * @returns {Promise<Record<string, string>>}
 */
export function signedFields(signer: Signer, request: {
    method: string;
    url: string;
    contentType?: string | undefined;
    body?: Uint8Array | undefined;
}, at?: {
    createdS?: number | undefined;
    nonce?: string | undefined;
} | undefined): Promise<Record<string, string>>;
/**
 * The bytes that are signed (RFC 9421 §2.5).
 * @param {SignedParts} parts
 * @returns {Uint8Array}
 */
export function signatureBase(parts: SignedParts): Uint8Array;
export type Signer = import("./signing.js").Signer;
export type SignedParts = {
    /**
     * names with their values, in their order
     */
    components: [string, string][];
    /**
     * in their order
     */
    parameters: [string, string | number][];
};
