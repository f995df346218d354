// Cross-entropy of each row of many classes, from the statistics of its softmax.
// Formula: loss[r] = (log total_r + m_r - logits[r,label_r]) / n, hit[r] = [place_r = label_r]. A label that
//          is no class makes the loss NaN.
// Shapes: logits [n,pitch] scalars, labels [n] u32, statistics [n] vec4 and place [n] u32 of
//         softmax_statistics, loss, hit [n,1] (rows padded to 4).
// Grid: one thread for each row; workgroups of 64.
// Reference: engine/reference/softmax_cross_entropy.ts

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let r = flat_group(group, groups) * 64u + lane;
  if (r >= params.n) {
    return;
  }
  let label = labels[r];
  let chosen = logits[r * params.pitch + min(label, params.classes - 1u)];
  let value = (log(statistics[r].y) + statistics[r].x - chosen) / f32(params.n);
  loss[r] = vec4f(select(not_a_number(label), value, label < params.classes), 0.0, 0.0, 0.0);
  hit[r] = vec4f(select(0.0, 1.0, place[r] == label), 0.0, 0.0, 0.0);
}
