FROM python:3.12-slim
RUN pip install --no-cache-dir uv && uv pip install --system --no-cache --torch-backend=cpu torch
COPY pyproject.toml hatch_build.py README.md LICENSE app.py /source/
COPY .streamlit /source/.streamlit
COPY engine /source/engine
COPY viz /source/viz
RUN uv pip install --system --no-cache --compile-bytecode /source && useradd --create-home lab
USER lab
WORKDIR /home/lab
RUN mkdir kept && python -m gradient_flow_lab.viz.workers.train.compiling
ENV GRADIENT_FLOW_LAB_SHELF=/home/lab/kept/shelf.sqlite
VOLUME /home/lab/kept
EXPOSE 8501
HEALTHCHECK --start-period=2m CMD python -c "import os, urllib.request as web; web.urlopen('/'.join(filter(None, ('http://localhost:8501', os.environ.get('STREAMLIT_SERVER_BASE_URL_PATH', '').strip('/'), '_stcore/health'))), timeout=3)"
CMD ["gradient-flow-lab", "--address", "0.0.0.0", "--port", "8501", "--no-browser"]
