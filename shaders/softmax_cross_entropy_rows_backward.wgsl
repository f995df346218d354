// Gradient of the mean cross-entropy of many classes with respect to the logits.
// Formula: dlogits[r,j] = (exp(logits[r,j] - m_r) / total_r - [j = label_r]) * dloss / n; padding 0. A label
//          that is no class makes the row NaN.
// Shapes: logits, dlogits [n,c4] vec4, labels [n] u32, statistics [n] vec4 of softmax_statistics,
//         dloss [1].
// Grid: one thread for each vec4 of dlogits; workgroups of 64.
// Reference: engine/reference/softmax_cross_entropy.ts (backward)

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = flat_group(group, groups) * 64u + lane;
  let c4 = params.pitch / 4u;
  if (index >= params.n * c4) {
    return;
  }
  let row = statistics[index / c4];
  let k = index % c4;
  let label = labels[index / c4];
  let scale = select(not_a_number(label), dloss[0] / f32(params.n), label < params.classes);
  let probability = exp(logits[index] - row.x) / row.y;
  let columns = vec4u(4u * k) + vec4u(0u, 1u, 2u, 3u);
  let share = select(vec4f(0), vec4f(1), columns == vec4u(label));
  dlogits[index] = select(vec4f(0), (probability - share) * scale, are_channels(k, params.classes));
}
