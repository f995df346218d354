// Weight gradient of a convolution with tiles in workgroup memory; for real GPUs. A workgroup of
// CT x NT x G threads handles one kernel tap, 4*CT input channels and 4*NT output channels; its G
// groups sum separate ranges of output pixels, 16 pixels at a time.
// Formula: partial[split,ky,kx,ci,co] = Σ_{pixels of split} x[…,oy*S+ky-before_y,ox*S+kx-before_x,ci]
//          * dy[…,oy,ox,co].
// Shapes: x [n,h,w,cin4] vec4, dy [n,oh,ow,cout4] vec4, partial [splits,K,K,cin,cout4] vec4.
// Grid: x: splits / G, y: taps, z: blocks of CT times blocks of NT.
// Template: CT, NT, G, K kernel side, S stride.
// Reference: engine/reference/conv2d.ts (backward)

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> dy: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> partial: array<vec4f>;

var<workgroup> x_tile: array<vec4f, ${16 * CT * G}>;
var<workgroup> g_tile: array<vec4f, ${16 * NT * G}>;

@compute @workgroup_size(${CT * NT * G})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let pixels = params.n * params.oh * params.ow;
  let part = lane / ${CT * NT}u;
  let thread = lane % ${CT * NT}u;
  let ct = thread / ${NT}u;
  let nt = thread % ${NT}u;
  let co_blocks = (params.cout4 + ${NT - 1}u) / ${NT}u;
  let ci_first = (group.z / co_blocks) * ${CT}u;
  let co_first = (group.z % co_blocks) * ${NT}u;
  let split = group.x * ${G}u + part;
  let first = split * params.pixels_per_split;
  let end = min(first + params.pixels_per_split, pixels);
  let ky = i32(group.y / ${K}u) - params.before_y;
  let kx = i32(group.y % ${K}u) - params.before_x;

  var acc_0 = vec4f(0);
  var acc_1 = vec4f(0);
  var acc_2 = vec4f(0);
  var acc_3 = vec4f(0);
  // The trip count is the same for every thread, as barriers demand.
  for (var step = 0u; step < params.pixels_per_split; step += 16u) {
    for (var i = thread; i < ${16 * CT}u; i += ${CT * NT}u) {
      let pixel = first + step + i / ${CT}u;
      let channel = ci_first + i % ${CT}u;
      let iy = i32((pixel / params.ow) % params.oh * ${S}u) + ky;
      let ix = i32(pixel % params.ow * ${S}u) + kx;
      var value = vec4f(0);
      if (
        pixel < end && channel < params.cin4 && iy >= 0 && ix >= 0 &&
        iy < i32(params.h) && ix < i32(params.w)
      ) {
        let b = pixel / (params.oh * params.ow);
        value = x[((b * params.h + u32(iy)) * params.w + u32(ix)) * params.cin4 + channel];
      }
      x_tile[part * ${16 * CT}u + i] = value;
    }
    for (var i = thread; i < ${16 * NT}u; i += ${CT * NT}u) {
      let pixel = first + step + i / ${NT}u;
      let channel = co_first + i % ${NT}u;
      var value = vec4f(0);
      if (pixel < end && channel < params.cout4) {
        value = dy[pixel * params.cout4 + channel];
      }
      g_tile[part * ${16 * NT}u + i] = value;
    }
    workgroupBarrier();
    //# for k in 0..16
    {
      let v = x_tile[part * ${16 * CT}u + ${k * CT}u + ct];
      let g = g_tile[part * ${16 * NT}u + ${k * NT}u + nt];
      acc_0 += v.x * g;
      acc_1 += v.y * g;
      acc_2 += v.z * g;
      acc_3 += v.w * g;
    }
    //# end
    workgroupBarrier();
  }

  let ci = (ci_first + ct) * 4u;
  let co = co_first + nt;
  if (co < params.cout4 && split < params.splits) {
    let base = ((split * ${K * K}u + group.y) * params.cin + ci) * params.cout4 + co;
    //# for j in 0..4
    if (ci + ${j}u < params.cin) {
      partial[base + ${j}u * params.cout4] = acc_${j};
    }
    //# end
  }
}
