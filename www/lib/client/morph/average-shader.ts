/**
 * An average as shaders: the formulas of `src/morph/drawing.rs`. The worker finds the corners of
 * the mesh; each picture is added to a sum of its own pass, and a last pass shows the sum.
 */
export const PART_VERTEX = `#version 300 es
precision highp float;
// Where the picture is seen, its share times the first gain, its share; and the gains.
layout(location = 0) in vec4 seen;
layout(location = 1) in vec4 gains;
// Cells across and down, and corners from one row of this picture to its next.
uniform ivec3 mesh;
out vec4 part;
out vec3 factors;

void main() {
  vec2 point = vec2(gl_VertexID % mesh.z, gl_VertexID / mesh.z) / vec2(mesh.xy);
  part = seen;
  factors = vec3(gains.yz, 1.0) - gains.xyz;
  gl_Position = vec4(2.0 * point.x - 1.0, 1.0 - 2.0 * point.y, 0.0, 1.0);
}`;

export const PART_FRAGMENT = `#version 300 es
precision highp float;
precision highp sampler2DArray;
uniform sampler2D sharp;
uniform sampler2DArray soft;
uniform float isOpaque;
uniform vec2 size;
in vec4 part;
in vec3 factors;
out vec4 colour;

void main() {
  vec2 edge = clamp(min(part.xy, 1.0 - part.xy) * size + 0.5, 0.0, 1.0);
  float cover = mix(edge.x * edge.y, 1.0, isOpaque);
  vec4 smoothed = factors.x * texture(soft, vec3(part.xy, 0.0))
    + factors.y * texture(soft, vec3(part.xy, 1.0))
    + factors.z * texture(soft, vec3(part.xy, 2.0));
  colour = cover * (part.z * texture(sharp, part.xy) + part.w * smoothed);
}`;

export const SUM_VERTEX = `#version 300 es
void main() {
  // One triangle over all of the frame.
  vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);
  gl_Position = vec4(4.0 * corner - 1.0, 0.0, 1.0);
}`;

export const SUM_FRAGMENT = `#version 300 es
precision highp float;
uniform highp sampler2D sum;
out vec4 colour;

void main() {
  vec4 value = texelFetch(sum, ivec2(gl_FragCoord.xy), 0);
  float alpha = clamp(value.a, 0.0, 1.0);
  colour = vec4(clamp(value.rgb, 0.0, alpha), alpha);
}`;
