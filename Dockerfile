# docker build -t tangent .                            CPU
# docker build -t tangent --build-arg COMPUTE=cuda .   NVIDIA GPUs; run it with --gpus all
FROM python:3.11-slim

ARG COMPUTE=cpu
WORKDIR /app
COPY requirements.txt .
# The index of CPU builds saves 4 GB; the ordinary Linux builds of torch bring CUDA's libraries with them.
RUN if [ "$COMPUTE" = cpu ]; then extra="--extra-index-url https://download.pytorch.org/whl/cpu"; fi \
    && pip install --no-cache-dir $extra -r requirements.txt

COPY . .
# Downloaded models: keep this folder as a volume. TANGENT_LOG may point into it as well.
RUN useradd --create-home tangent && mkdir /data && chown tangent /data
USER tangent
ENV TORCH_HOME=/data/torch
VOLUME /data

EXPOSE 8501
HEALTHCHECK CMD python -c "import urllib.request as u; u.urlopen('http://127.0.0.1:8501/_stcore/health', timeout=3)"
CMD ["streamlit", "run", "app.py", "--server.address=0.0.0.0", "--server.port=8501", "--server.headless=true"]
