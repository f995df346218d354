// Gradient of the mean cross-entropy with respect to the logits.
// Formula: dlogits[r,j] = (softmax(logits[r])[j] - [j = label_r]) * dloss / n; padding 0. A label
//          that is no class makes the row NaN.
// Shapes: logits [n,pitch] scalars, labels [n] u32, dloss [1], dlogits [n,pitch] scalars.
// Grid: one thread for each row; workgroups of 64.
// Reference: engine/reference/softmax_cross_entropy.ts (backward)

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
  let row = r * params.pitch;
  var largest = logits[row];
  for (var j = 1u; j < params.classes; j++) {
    largest = max(largest, logits[row + j]);
  }
  var total = 0.0;
  for (var j = 0u; j < params.classes; j++) {
    total += exp(logits[row + j] - largest);
  }
  let label = labels[r];
  let scale = select(not_a_number(label), dloss[0] / f32(params.n), label < params.classes);
  for (var j = 0u; j < params.pitch; j++) {
    let probability = exp(logits[row + j] - largest) / total;
    let label_share = select(0.0, 1.0, j == label);
    dlogits[row + j] = select(0.0, (probability - label_share) * scale, j < params.classes);
  }
}
