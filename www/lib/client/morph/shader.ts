/**
 * The frame as a shader: the same formulas as `src/morph/drawing.rs`, `field.rs` and `blend.rs`.
 * The vertex shader inverts the field and finds shares and gains at the corners of a mesh; pixels
 * interpolate them.
 */
export const VERTEX = `#version 300 es
precision highp float;
precision highp sampler2D;
uniform sampler2D field, deviationsA, deviationsB, correlations;
uniform ivec2 mesh;
uniform float padding, share;
uniform vec2 opaque, fade, turn, away, back;
out vec2 a, b;
out float w;
out vec3 gains;

vec4 between(sampler2D map, vec2 cell) {
  ivec2 last = textureSize(map, 0) - 1;
  cell = clamp(cell, vec2(0.0), vec2(last));
  ivec2 low = ivec2(cell), high = min(low + 1, last);
  vec2 part = cell - vec2(low);
  vec4 above = mix(texelFetch(map, low, 0), texelFetch(map, ivec2(high.x, low.y), 0), part.x);
  vec4 below = mix(texelFetch(map, ivec2(low.x, high.y), 0), texelFetch(map, high, 0), part.x);
  return mix(above, below, part.y);
}
vec2 cells() {
  return vec2(textureSize(field, 0)) / (1.0 + 2.0 * padding);
}
vec2 fieldAt(vec2 p) {
  return between(field, (p + padding) * cells() - 0.5).xy;
}
// Complex numbers.
vec2 product(vec2 x, vec2 y) {
  return vec2(x.x * y.x - x.y * y.y, x.x * y.y + x.y * y.x);
}
// The place of the half-way domain that is seen at a point if its half shift is q.
vec2 place(vec2 point, vec2 q) {
  return (product(turn, point * cells()) + away - product(back, q * cells())) / cells();
}
vec3 onFrame(sampler2D map, vec2 p) {
  return between(map, p * vec2(textureSize(map, 0)) - 0.5).xyz;
}
float inside(vec2 p, float isOpaque) {
  vec2 edge = min(p, 1.0 - p) * fade;
  return mix(1.0, clamp(1.0 + min(edge.x, edge.y), 0.0, 1.0) + 1e-3, isOpaque);
}
void main() {
  // Two triangles a cell.
  int cell = gl_VertexID / 6, corner = gl_VertexID % 6;
  bool right = corner == 1 || corner == 2 || corner == 4;
  ivec2 offset = ivec2(right, corner == 2 || corner == 4 || corner == 5);
  vec2 point = vec2(ivec2(cell % mesh.x, cell / mesh.x) + offset) / vec2(mesh);
  vec2 q = fieldAt(point);
  for (int i = 0; i < 6; i++) q = fieldAt(place(point, q));
  vec2 p = place(point, q);
  a = p - q;
  b = p + q;
  float first = (1.0 - share) * inside(a, opaque.x), second = share * inside(b, opaque.y);
  w = second / (first + second);
  vec3 da = (1.0 - w) * onFrame(deviationsA, a), db = w * onFrame(deviationsB, b);
  vec3 mixed = max(da * da + db * db + 2.0 * onFrame(correlations, p) * da * db, 1e-6);
  gains = clamp((da + db) / sqrt(mixed), 1.0, 1.5);
  gl_Position = vec4(2.0 * point.x - 1.0, 1.0 - 2.0 * point.y, 0.0, 1.0);
}`;

export const FRAGMENT = `#version 300 es
precision highp float;
precision highp sampler2DArray;
uniform sampler2D sharpA, sharpB;
uniform sampler2DArray softA, softB;
uniform vec2 opaque, size;
in vec2 a, b;
in float w;
in vec3 gains;
out vec4 colour;

float cover(vec2 p, float isOpaque) {
  vec2 edge = clamp(min(p, 1.0 - p) * size + 0.5, 0.0, 1.0);
  return mix(edge.x * edge.y, 1.0, isOpaque);
}
void main() {
  float coverA = (1.0 - w) * cover(a, opaque.x), coverB = w * cover(b, opaque.y);
  vec4 level0 = coverA * texture(sharpA, a) + coverB * texture(sharpB, b);
  vec4 level1 = coverA * texture(softA, vec3(a, 0.0)) + coverB * texture(softB, vec3(b, 0.0));
  vec4 level2 = coverA * texture(softA, vec3(a, 1.0)) + coverB * texture(softB, vec3(b, 1.0));
  vec4 level3 = coverA * texture(softA, vec3(a, 2.0)) + coverB * texture(softB, vec3(b, 2.0));
  vec4 sum = level3 + gains.x * (level0 - level1) + gains.y * (level1 - level2)
    + gains.z * (level2 - level3);
  float alpha = clamp(sum.a, 0.0, 1.0);
  colour = vec4(clamp(sum.rgb, 0.0, alpha), alpha);
}`;
