// One step of stochastic gradient descent with Nesterov momentum on the chunks of the sampled path.
// Formula: g' = scale * g + 2 * l2 * w; m = momentum * m + g'; w = w - rate * (g' + momentum * m).
// Shapes: weight, velocity, gradient [all] scalars, chunks [count] (first, length), clip [2]: norm, scale.
// Grid: one workgroup of 64 threads a chunk.
// Reference: engine/reference/optimizers.ts (sgdNesterovReference)

@group(0) @binding(0) var<storage, read_write> weight: array<f32>;
@group(0) @binding(1) var<storage, read_write> velocity: array<f32>;
@group(0) @binding(2) var<storage, read> gradient: array<f32>;
@group(0) @binding(3) var<storage, read> chunks: array<vec2u>;
@group(0) @binding(4) var<storage, read> clip: array<f32>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let chunk = flat_group(group, groups);
  if (chunk >= params.count) {
    return;
  }
  let first = chunks[chunk].x;
  for (var k = lane; k < chunks[chunk].y; k += 64u) {
    let i = first + k;
    let g = clip[1] * gradient[i] + 2.0 * params.l2 * weight[i];
    let m = params.momentum * velocity[i] + g;
    velocity[i] = m;
    weight[i] -= params.rate * (g + params.momentum * m);
  }
}
