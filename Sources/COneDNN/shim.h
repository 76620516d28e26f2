#include <oneapi/dnnl/dnnl.h>

// oneDNN's CPU build runs on OpenMP; each worker thread asks for one OpenMP thread, because parallelism is over samples.
void omp_set_num_threads(int);
