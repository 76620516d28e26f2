// <complex.h> must not come before fftw3.h: fftw_complex would become C's _Complex, which Swift does not import.
#include <fftw3.h>
