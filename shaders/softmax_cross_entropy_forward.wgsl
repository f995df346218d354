// Mean cross-entropy of softmax(logits) and the number of rows whose largest logit is the label, in
// parts: one range of rows a split.
// Formula: loss = Σ_r (log Σ_j exp(logits[r,j] - m_r) + m_r - logits[r,label_r]) / n, m_r the row's
//          maximum; correct = #{r : argmax_j logits[r,j] = label_r}, lowest index on ties. A label that is
//          no class makes the loss NaN.
// Shapes: logits [n,pitch] scalars, labels [n] u32, loss, correct [splits,1] (rows padded to 4).
// Grid: one workgroup of 64 threads a split; thread t takes its rows t, t+64, …, thread 0 adds in
//       order.
// Reference: engine/reference/softmax_cross_entropy.ts

var<workgroup> losses: array<f32, 64>;
var<workgroup> hits: array<f32, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = group.x * params.rows_per_split;
  let end = min(first + params.rows_per_split, params.n);
  var loss_sum = 0.0;
  var hit_sum = 0.0;
  for (var r = first + lane; r < end; r += 64u) {
    let row = r * params.pitch;
    var best = 0u;
    var largest = logits[row];
    for (var j = 1u; j < params.classes; j++) {
      let value = logits[row + j];
      if (value > largest) {
        largest = value;
        best = j;
      }
    }
    var total = 0.0;
    for (var j = 0u; j < params.classes; j++) {
      total += exp(logits[row + j] - largest);
    }
    let label = labels[r];
    let row_loss = log(total) + largest - logits[row + min(label, params.classes - 1u)];
    loss_sum += select(not_a_number(label), row_loss, label < params.classes);
    hit_sum += select(0.0, 1.0, best == label);
  }
  losses[lane] = loss_sum;
  hits[lane] = hit_sum;
  workgroupBarrier();
  if (lane == 0u) {
    var total = 0.0;
    var count = 0.0;
    for (var t = 0u; t < 64u; t++) {
      total += losses[t];
      count += hits[t];
    }
    loss[group.x] = vec4f(total / f32(params.n), 0.0, 0.0, 0.0);
    correct[group.x] = vec4f(count, 0.0, 0.0, 0.0);
  }
}
