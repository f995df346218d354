// 2-D convolution as an implicit matrix product with tiles in workgroup memory; for real GPUs.
// A workgroup of NT x 16 threads makes 16*TM pixels times 4*NT output channels; each thread TM
// pixels times one vec4 of channels. One step of the inner dimension is a kernel tap and 16 input
// channels.
// Formula: y[b,oy,ox,co] = Σ_{ky,kx,ci} x[b, oy*S+ky-before_y, ox*S+kx-before_x, ci] * w[ky,kx,ci,co].
// Shapes: x [n,h,w,cin4] vec4, weight [K,K,cin,cout4] vec4, y [n,oh,ow,cout4] vec4.
// Grid: x,y: tiles of 16*TM pixels (folded), z: tiles of NT output vec4s.
// Template: NT thread columns, TM pixels a thread, K kernel side, S stride.
// Reference: engine/reference/conv2d.ts

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> weight: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;

var<workgroup> x_tile: array<vec4f, ${16 * TM * 4}>;
var<workgroup> w_tile: array<vec4f, ${16 * NT}>;

@compute @workgroup_size(${16 * NT})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let pixels = params.n * params.oh * params.ow;
  let first = flat_group(group, groups) * ${16 * TM}u;
  let co_first = group.z * ${NT}u;
  let column = lane % ${NT}u;
  let row = (lane / ${NT}u) * ${TM}u;

  //# for p in 0..TM
  var acc_${p} = vec4f(0);
  //# end
  for (var tap = 0u; tap < ${K * K}u; tap++) {
    let ky = i32(tap / ${K}u) - params.before_y;
    let kx = i32(tap % ${K}u) - params.before_x;
    for (var c = 0u; c < params.cin4; c += 4u) {
      for (var i = lane; i < ${16 * TM * 4}u; i += ${16 * NT}u) {
        let pixel = first + i / 4u;
        let channel = c + i % 4u;
        let iy = i32((pixel / params.ow) % params.oh * ${S}u) + ky;
        let ix = i32(pixel % params.ow * ${S}u) + kx;
        var value = vec4f(0);
        if (
          pixel < pixels && channel < params.cin4 && iy >= 0 && ix >= 0 &&
          iy < i32(params.h) && ix < i32(params.w)
        ) {
          let b = pixel / (params.oh * params.ow);
          value = x[((b * params.h + u32(iy)) * params.w + u32(ix)) * params.cin4 + channel];
        }
        x_tile[i] = value;
      }
      for (var i = lane; i < ${16 * NT}u; i += ${16 * NT}u) {
        let ci = c * 4u + i / ${NT}u;
        let co = co_first + i % ${NT}u;
        var value = vec4f(0);
        if (ci < params.cin && co < params.cout4) {
          value = weight[(tap * params.cin + ci) * params.cout4 + co];
        }
        w_tile[i] = value;
      }
      workgroupBarrier();
      //# for k in 0..4
      {
        let w_0 = w_tile[${k * 4 * NT}u + column];
        let w_1 = w_tile[${(k * 4 + 1) * NT}u + column];
        let w_2 = w_tile[${(k * 4 + 2) * NT}u + column];
        let w_3 = w_tile[${(k * 4 + 3) * NT}u + column];
        //# for p in 0..TM
        let x_${p} = x_tile[(row + ${p}u) * 4u + ${k}u];
        acc_${p} += x_${p}.x * w_0 + x_${p}.y * w_1 + x_${p}.z * w_2 + x_${p}.w * w_3;
        //# end
      }
      //# end
      workgroupBarrier();
    }
  }

  let co = co_first + column;
  //# for p in 0..TM
  if (first + row + ${p}u < pixels && co < params.cout4) {
    y[(first + row + ${p}u) * params.cout4 + co] = acc_${p};
  }
  //# end
}
