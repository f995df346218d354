// One step of Adam on the chunks of the sampled path; none where loss or gradient is not finite.
// Formula: m = beta1 * m + (1 - beta1) * g; v = beta2 * v + (1 - beta2) * g^2;
//          w = w - rate * m / (sqrt(v) + epsilon), rate = lr * sqrt(1 - beta2^t) / (1 - beta1^t).
// Shapes: weight, first_moment, second_moment, gradient [block] scalars, chunks [count] (first, length,
//         head, decays), clip [3]: norm, scale, go.
// Grid: one workgroup of 64 threads a chunk.
// Reference: engine/reference/optimizers.ts (adamReference)

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let chunk = flat_group(group, groups);
  if (chunk >= params.count || clip[2] == 0.0) {
    return;
  }
  let start = chunks[chunk].x;
  for (var k = lane; k < chunks[chunk].y; k += 64u) {
    let i = start + k;
    let g = clip[1] * gradient[i];
    let m = params.beta1 * first_moment[i] + (1.0 - params.beta1) * g;
    let v = params.beta2 * second_moment[i] + (1.0 - params.beta2) * g * g;
    first_moment[i] = m;
    second_moment[i] = v;
    weight[i] -= params.rate * m / (sqrt(v) + params.epsilon);
  }
}
