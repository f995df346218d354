// Sums 64 scattered vec4s a thread; timed once from a buffer and once from a texture.
// Formula: y[i] = Σ_k x[(i * 33 + k * 517) mod 65536], k < 64.
// Shapes: x [65536] vec4, y [4096] vec4.
// Grid: 64 workgroups of 64 threads.
// Reference: engine/webgpu/load_probe.ts

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  var total = vec4f(0);
  for (var k = 0u; k < 16u; k++) {
    total += x[(id.x * 33u + k * 517u) % 65536u];
    total += x[(id.x * 33u + k * 517u + 8272u) % 65536u];
    total += x[(id.x * 33u + k * 517u + 16544u) % 65536u];
    total += x[(id.x * 33u + k * 517u + 24816u) % 65536u];
  }
  y[id.x] = total;
}
